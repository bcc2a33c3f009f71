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
  /** True where the policy must allow even within its account: a role's trust policy, a key's policy. */
  readonly mustAllow?: boolean;
  /** Becomes `aws:ResourceTag/*` and the service's own `…:ResourceTag/*`. */
  readonly tags: Readonly<Record<string, string>>;
  /** Further condition keys that follow from the resource for the action, such as `iam:PermissionsBoundary`. */
  readonly context?: Readonly<Record<string, string>>;
  /** The resource's own ARN where callers may name it in other ways; what policies are compared with. */
  readonly arn?: string;
}

/** What a principal brings when access is decided. */
export interface PrincipalFacts {
  /** Managed and inline policies, those of its groups included. */
  readonly identity: readonly PolicyDocument[];
  /** Permissions boundary; undefined where none is set. */
  readonly boundary?: PolicyDocument;
  /**
   * Its session policies: of each list some policy must allow. Undefined where there are none. The scope of a
   * registry token stands in the session itself and is no part of it.
   */
  readonly session?: ReadonlyArray<readonly PolicyDocument[]>;
  /** Tags of the user or role and, over them, of the session: `aws:PrincipalTag/*`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What the organisation lays over one account: at each level some policy must allow (iam.md §2). */
export interface Guardrails {
  readonly serviceControl: ReadonlyArray<readonly PolicyDocument[]>;
  readonly resourceControl: ReadonlyArray<readonly PolicyDocument[]>;
  /** Becomes `aws:PrincipalOrgID` and `aws:ResourceOrgID`, and the same with `Paths`; `path` ends with `/`. */
  readonly organization: { readonly id: string; readonly path: string };
}

/** What a VPC endpoint brings for the calls that come through it. */
export interface EndpointFacts {
  readonly policy: PolicyDocument;
  readonly vpcId: string;
}

export interface PolicySource {
  /** The identical object is returned while nothing changed. */
  ofPrincipal(principal: Principal): MaybePromise<PrincipalFacts>;
  /**
   * Facts of a resource ARN as one action sees it (only to assume a role its trust policy counts); undefined when no
   * such resource exists. Identical object while unchanged.
   */
  ofResource(arn: string, action: string): MaybePromise<ResourceFacts | undefined>;
  /** Of an account; undefined for one in no organisation. The identical object while unchanged. */
  guardrailsOf?(accountId: string): Guardrails | undefined;
  /** Undefined for an endpoint that is gone: then nothing is allowed through it. */
  ofEndpoint?(endpointId: string): MaybePromise<EndpointFacts | undefined>;
}
