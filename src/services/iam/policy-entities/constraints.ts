// What IAM demands of each member of ListEntitiesForPolicy.

import type { InputConstraints } from '#wire/constraints.ts';
import { arn, page, pathPrefix, policyUsage } from '../member-constraints.ts';

export const policyEntityConstraints: Readonly<Record<string, InputConstraints>> = {
  ListEntitiesForPolicy: {
    PolicyArn: arn,
    EntityFilter: { enum: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] },
    PathPrefix: pathPrefix,
    PolicyUsageFilter: policyUsage,
    ...page,
  },
};
