// Accounts, the root, units and policies as the API shows them. There are no e-mail addresses of accounts here.

import type * as Organizations from '@aws-sdk/client-organizations';
import type { OutputOf } from '#wire/sdk.ts';
import { nodeArn, policyArn } from './arns.ts';
import type { MemberAccount, Organization, OrganizationPolicy } from './rooms.ts';
import { pathTo } from './tree.ts';

type AccountView = NonNullable<OutputOf<typeof Organizations, 'DescribeAccount'>['Account']>;
type UnitView = NonNullable<OutputOf<typeof Organizations, 'DescribeOrganizationalUnit'>['OrganizationalUnit']>;
type PolicySummaryView = NonNullable<OutputOf<typeof Organizations, 'ListPolicies'>['Policies']>[number];

/** A closed account is suspended, as AWS says, until its content is removed. */
export function accountView(organization: Organization, account: MemberAccount): AccountView {
  const { accountId, name, createdAtMs, state } = account;
  return {
    Id: accountId,
    Arn: nodeArn(organization, accountId),
    Name: name,
    Status: state === 'open' ? 'ACTIVE' : 'SUSPENDED',
    State: state === 'open' ? 'ACTIVE' : 'CLOSED',
    Paths: [pathTo(organization, accountId)],
    JoinedMethod: accountId === organization.managementAccountId ? 'INVITED' : 'CREATED',
    JoinedTimestamp: new Date(createdAtMs),
  };
}

/** The configuration gives units no names but their ids. */
export function unitView(organization: Organization, id: string): UnitView {
  return { Id: id, Arn: nodeArn(organization, id), Name: id, Path: pathTo(organization, id) };
}

export const policyTypes = [
  { Type: 'RESOURCE_CONTROL_POLICY', Status: 'ENABLED' },
  { Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' },
] as const;

export function policySummary(organization: Organization, policy: OrganizationPolicy): PolicySummaryView {
  const { id, name, type, isAwsManaged } = policy;
  return { Id: id, Arn: policyArn(organization, policy), Name: name, Type: type, AwsManaged: isAwsManaged };
}
