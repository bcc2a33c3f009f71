// What IAM demands of each member of the operations of reports.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { arn, marker, matching, page } from '../member-constraints.ts';

const namespace: MemberConstraint = { length: [1, 64], pattern: matching(/^[\w-]*$/, '[\\w-]*') };
const job: InputConstraints = { JobId: { length: [36, 36] } };

export const reportConstraints: Readonly<Record<string, InputConstraints>> = {
  GenerateServiceLastAccessedDetails: { Arn: arn, Granularity: { enum: ['SERVICE_LEVEL', 'ACTION_LEVEL'] } },
  GetServiceLastAccessedDetails: { ...job, ...page },
  GetServiceLastAccessedDetailsWithEntities: {
    ...job,
    ServiceNamespace: namespace,
    ...page,
  },
  ListPoliciesGrantingServiceAccess: {
    Arn: arn,
    ServiceNamespaces: { size: [1, 200] },
    'ServiceNamespaces[]': namespace,
    Marker: marker,
  },
};
