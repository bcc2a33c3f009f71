// Asked by the gateway for access/, answered by services/iam (callers) and the registry (resources).

import type { Principal } from '../caller.ts';
import type { MaybePromise } from '../operation.ts';

/** A policy document as stored. The same object is returned while the policy is unchanged: compile once per object. */
export interface PolicyDocument {
  /** What a denial or explanation calls it: an ARN, or the inline policy's name. */
  readonly name: string;
  readonly text: string;
}

/** What stands beside a resource when access is decided. */
export interface ResourceFacts {
  readonly accountId: string;
  readonly policy: PolicyDocument | undefined;
  /** Becomes `aws:ResourceTag/*` and the service's own `…:ResourceTag/*`. */
  readonly tags: Readonly<Record<string, string>>;
  /** The resource's own ARN where callers may name it in other ways; what policies are compared with. */
  readonly arn?: string;
}

export interface PolicySource {
  /** Identity policies of a principal. The identical array is returned while nothing changed. */
  ofPrincipal(principal: Principal): MaybePromise<readonly PolicyDocument[]>;
  /** Facts of a resource ARN; undefined when no such resource exists. Identical object while unchanged. */
  ofResource(arn: string): MaybePromise<ResourceFacts | undefined>;
}
