// The organisation of the configuration as its door shows it: the tree, and its policy files as policies.

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Controls, OrganizationSetting } from '#config/organization-parser.ts';
import type { Organization, OrganizationPolicy, PolicyType } from '#services/organizations/rooms.ts';
import type { ReadPolicyFile } from './organization.ts';

const kinds = [
  { kind: 'service-control', type: 'SERVICE_CONTROL_POLICY', free: 'FullAWSAccess' },
  { kind: 'resource-control', type: 'RESOURCE_CONTROL_POLICY', free: 'RCPFullAWSAccess' },
] as const;

const nothingOwn: Controls = { serviceControl: undefined, resourceControl: undefined };
const idChars = 12;

/** `read` is what the guardrails were read by: what is shown is what is in force. */
export function organizationDirectory(
  setting: OrganizationSetting,
  homeAccount: string,
  read: ReadPolicyFile,
): Organization {
  const { id, rootId, units, accounts } = setting;
  const policyOf = (kind: (typeof kinds)[number], file: string): OrganizationPolicy => {
    const { text } = read(kind.kind, file);
    return {
      id: policyId(`${kind.type} ${file}`),
      name: nameOf(file),
      type: kind.type,
      content: text,
      isAwsManaged: false,
    };
  };
  const attached = (controls: Controls) =>
    kinds
      .flatMap((kind) => {
        const files = kind.kind === 'service-control' ? controls.serviceControl : controls.resourceControl;
        const own = (files ?? []).map((file) => policyOf(kind, file));
        // Nothing configured takes nothing away; beside resource control policies the free one always stays.
        return files === undefined || kind.kind === 'resource-control' ? [freePolicy(kind), ...own] : own;
      })
      .toSorted(byId);
  const holders = new Map<string, Controls>([...Object.entries(units), ...Object.entries(accounts)]);
  const attachedTo = (targetId: string) => attached(holders.get(targetId) ?? nothingOwn);
  const all = [attached(nothingOwn), ...[...holders.keys()].map(attachedTo)].flat();
  return {
    id,
    managementAccountId: setting.managementAccount ?? homeAccount,
    rootId,
    parents: new Map(
      Object.entries(units).flatMap(([unit, { parent }]) => (parent === undefined ? [] : [[unit, parent] as const])),
    ),
    unitOf: (accountId) => accounts[accountId]?.unit ?? rootId,
    policies: [...new Map(all.map((policy) => [policy.id, policy])).values()].toSorted(byId),
    attachedTo,
  };
}

function byId(one: OrganizationPolicy, other: OrganizationPolicy): number {
  return one.id < other.id ? -1 : 1;
}

/** As AWS attaches it everywhere until it is taken off. */
function freePolicy({ type, free }: { readonly type: PolicyType; readonly free: string }): OrganizationPolicy {
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
  const statement = type === 'RESOURCE_CONTROL_POLICY' ? { ...allow, Principal: '*' } : allow;
  const content = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  return { id: `p-${free}`, name: free, type, content, isAwsManaged: true };
}

/** The same for the same file at every start. */
function policyId(of: string): string {
  return `p-${createHash('sha256').update(of).digest('hex').slice(0, idChars)}`;
}

function nameOf(file: string): string {
  return basename(file).replace(/\.json$/i, '');
}
