// What IAM demands of each member of the operations of reports.

import type { InputConstraints } from '#wire/constraints.ts';
import { arn, matching, page } from '../member-constraints.ts';

const job: InputConstraints = { JobId: { length: [36, 36] } };

export const reportConstraints: Readonly<Record<string, InputConstraints>> = {
  GenerateServiceLastAccessedDetails: { Arn: arn, Granularity: { enum: ['SERVICE_LEVEL', 'ACTION_LEVEL'] } },
  GetServiceLastAccessedDetails: { ...job, ...page },
  GetServiceLastAccessedDetailsWithEntities: {
    ...job,
    ServiceNamespace: { length: [1, 64], pattern: matching(/^[\w-]*$/, '[\\w-]*') },
    ...page,
  },
};
