// The ARNs of what an organisation consists of: all of them are the management account's.

import type { Organization, OrganizationPolicy } from './rooms.ts';

function arnIn({ managementAccountId }: Organization, rest: string): string {
  return `arn:aws:organizations::${managementAccountId}:${rest}`;
}

export function organizationArn(organization: Organization): string {
  return arnIn(organization, `organization/${organization.id}`);
}

/** Of an account, a root or a unit, there or not, by the form of its id. */
export function nodeArn(organization: Organization, id: string): string {
  const kind = id.startsWith('r-') ? 'root' : id.startsWith('ou-') ? 'ou' : 'account';
  return arnIn(organization, `${kind}/${organization.id}/${id}`);
}

export function policyArn(organization: Organization, { id, type, isAwsManaged }: OrganizationPolicy): string {
  const kind = type.toLowerCase();
  if (isAwsManaged) return `arn:aws:organizations::aws:policy/${kind}/${id}`;
  return arnIn(organization, `policy/${organization.id}/${kind}/${id}`);
}
