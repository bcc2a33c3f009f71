// What IAM demands of each member of GetAccountAuthorizationDetails.

import type { InputConstraints } from '#wire/constraints.ts';
import { page } from '../member-constraints.ts';

export const authorizationDetailsConstraints: Readonly<Record<string, InputConstraints>> = {
  GetAccountAuthorizationDetails: {
    'Filter[]': { enum: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] },
    ...page,
  },
};
