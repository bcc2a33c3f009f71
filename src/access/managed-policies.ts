// The AWS-managed policies that are served, read from data files: one a service, and what they have in common.

import cloudtrail from './managed-policies/cloudtrail.json' with { type: 'json' };
import ecr from './managed-policies/ecr.json' with { type: 'json' };
import general from './managed-policies/general.json' with { type: 'json' };
import iam from './managed-policies/iam.json' with { type: 'json' };
import inspector from './managed-policies/inspector.json' with { type: 'json' };
import kms from './managed-policies/kms.json' with { type: 'json' };

/** One policy with its default version, which is the only one that is served. */
export interface ManagedPolicy {
  readonly name: string;
  readonly arn: string;
  /** `/`, or where the policies of service-linked roles stand: `/aws-service-role/`. */
  readonly path: string;
  /** `ANPA…`: AWS's own where it is known, otherwise one made from the ARN. */
  readonly id: string;
  readonly defaultVersionId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly description: string;
  readonly document: string;
}

/** As the data files spell it. */
interface Entry {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly defaultVersionId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly description: string;
  /** How the document differs from AWS's. */
  readonly note?: string;
  readonly document: object;
}

const entries: readonly Entry[] = [...cloudtrail, ...ecr, ...general, ...iam, ...inspector, ...kms];

function managedPolicy({ document, createdAt, updatedAt, ...entry }: Entry): ManagedPolicy {
  return {
    ...entry,
    arn: `arn:aws:iam::aws:policy${entry.path}${entry.name}`,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    document: JSON.stringify(document, null, 4),
  };
}

/** By ARN, in the order of the ARNs. */
export const managedPolicies: ReadonlyMap<string, ManagedPolicy> = new Map(
  entries
    .map(managedPolicy)
    .sort((one, other) => (one.arn < other.arn ? -1 : 1))
    .map((policy) => [policy.arn, policy]),
);
