// The Organizations door: what clients read of the site's accounts and the organisation over them. It changes nothing.

import type * as Organizations from '@aws-sdk/client-organizations';
import type { Caller } from '#core/caller.ts';
import type { OrganizationsErrorKind } from '#core/errors.ts';
import type { ErrorTable } from '#core/operation.ts';
import type { Service } from '#core/service.ts';
import type { OperationsOf } from '#wire/sdk.ts';
import { accountOperations } from './accounts.ts';
import { checkInput } from './constraints.ts';
import { hierarchyOperations } from './hierarchy.ts';
import { organizationOperations } from './organization.ts';
import { policyOperations } from './policies.ts';
import { denied } from './refusals.ts';
import type { OrganizationsRooms } from './rooms.ts';

export type { OrganizationsRooms };

const operations = {
  ...organizationOperations,
  ...accountOperations,
  ...hierarchyOperations,
  ...policyOperations,
} satisfies Partial<OperationsOf<typeof Organizations, OrganizationsRooms>>;

const errors: ErrorTable<OrganizationsErrorKind | 'validation-failed' | 'invalid-next-token'> = {
  'validation-failed': { code: 'InvalidInputException', status: 400 },
  'invalid-next-token': { code: 'InvalidInputException', status: 400 },
  'organizations-not-in-use': { code: 'AWSOrganizationsNotInUseException', status: 400 },
  'account-not-found': { code: 'AccountNotFoundException', status: 400 },
  'parent-not-found': { code: 'ParentNotFoundException', status: 400 },
  'child-not-found': { code: 'ChildNotFoundException', status: 400 },
  'organizational-unit-not-found': { code: 'OrganizationalUnitNotFoundException', status: 400 },
  'policy-not-found': { code: 'PolicyNotFoundException', status: 400 },
  'target-not-found': { code: 'TargetNotFoundException', status: 400 },
};

/** The door's description for the gateway. */
export function organizationsService(rooms: OrganizationsRooms): Service<OrganizationsRooms> {
  return {
    name: 'organizations',
    protocol: 'aws-json-1.1',
    signingName: 'organizations',
    global: true,
    eventSource: 'organizations.amazonaws.com',
    target: 'AWSOrganizationsV20161128',
    schema: 'organizations',
    check: checkInput,
    /** A member account may know which organisation it is in; all else is the management account's. */
    admit(operation, { accountId }: Caller) {
      const { organization } = rooms;
      if (organization === undefined || accountId === organization.managementAccountId) return;
      if (operation !== 'DescribeOrganization') throw denied(operation);
    },
    operations,
    errors,
    rooms,
  };
}
