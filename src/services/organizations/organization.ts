// The organisation itself: DescribeOrganization, and what no site has: trusted services and delegated administrators.

import type * as Organizations from '@aws-sdk/client-organizations';
import { operation } from '#wire/sdk.ts';
import { nodeArn, organizationArn } from './arns.ts';
import { needOnAll } from './needs.ts';
import { requireOrganization } from './refusals.ts';
import type { OrganizationsRooms } from './rooms.ts';
import { policyTypes } from './views.ts';

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html */
const describeOrganization = operation<typeof Organizations, 'DescribeOrganization', OrganizationsRooms>({
  kind: 'read',
  needs: needOnAll('DescribeOrganization'),
  errors: ['organizations-not-in-use'],
  handle(_input, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const { id, managementAccountId } = organization;
    return {
      Organization: {
        Id: id,
        Arn: organizationArn(organization),
        FeatureSet: 'ALL',
        MasterAccountId: managementAccountId,
        MasterAccountArn: nodeArn(organization, managementAccountId),
        AvailablePolicyTypes: policyTypes,
      },
    };
  },
});

const listServiceAccess = operation<typeof Organizations, 'ListAWSServiceAccessForOrganization', OrganizationsRooms>({
  kind: 'read',
  needs: needOnAll('ListAWSServiceAccessForOrganization'),
  errors: ['organizations-not-in-use', 'validation-failed'],
  handle(_input, _caller, rooms) {
    requireOrganization(rooms);
    return { EnabledServicePrincipals: [] };
  },
});

const listDelegatedAdministrators = operation<typeof Organizations, 'ListDelegatedAdministrators', OrganizationsRooms>({
  kind: 'read',
  needs: needOnAll('ListDelegatedAdministrators'),
  errors: ['organizations-not-in-use', 'validation-failed'],
  handle(_input, _caller, rooms) {
    requireOrganization(rooms);
    return { DelegatedAdministrators: [] };
  },
});

export const organizationOperations = {
  DescribeOrganization: describeOrganization,
  ListAWSServiceAccessForOrganization: listServiceAccess,
  ListDelegatedAdministrators: listDelegatedAdministrators,
};
