// The guardrails that the site configures, as policies of the organisation and what each is attached to.

import type * as Organizations from '@aws-sdk/client-organizations';
import { operation } from '#wire/sdk.ts';
import { nodeArn, policyArn } from './arns.ts';
import { needOnAll, needOnArn } from './needs.ts';
import { pageOf } from './paging.ts';
import { notFound, requireOrganization } from './refusals.ts';
import type { Organization, OrganizationPolicy, OrganizationsRooms } from './rooms.ts';
import { findMember, isUnit, membersOf } from './tree.ts';
import { policySummary } from './views.ts';

interface OfPolicy {
  readonly PolicyId: string;
}

const keyOf = ({ id }: OrganizationPolicy) => id;

const onPolicy = (action: string) =>
  needOnArn<OfPolicy>(action, (organization, { PolicyId }) => {
    const policy = organization.policies.find(({ id }) => id === PolicyId);
    return policy === undefined ? '*' : policyArn(organization, policy);
  });

const listPolicies = operation<typeof Organizations, 'ListPolicies', OrganizationsRooms>({
  kind: 'read',
  needs: needOnAll('ListPolicies'),
  errors: ['organizations-not-in-use', 'validation-failed', 'invalid-next-token'],
  handle(input, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const all = organization.policies.filter(({ type }) => type === input.Filter);
    const { items, ...page } = pageOf(rooms, ['ListPolicies', input.Filter], input, { all, keyOf });
    return { Policies: items.map((one) => policySummary(organization, one)), ...page };
  },
});

const describePolicy = operation<typeof Organizations, 'DescribePolicy', OrganizationsRooms>({
  kind: 'read',
  ...onPolicy('DescribePolicy'),
  errors: ['organizations-not-in-use', 'policy-not-found', 'validation-failed'],
  handle({ PolicyId }, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const policy = requirePolicy(organization, PolicyId);
    return { Policy: { PolicySummary: policySummary(organization, policy), Content: policy.content } };
  },
});

const listPoliciesForTarget = operation<typeof Organizations, 'ListPoliciesForTarget', OrganizationsRooms>({
  kind: 'read',
  ...needOnArn<{ readonly TargetId: string }>('ListPoliciesForTarget', (organization, { TargetId }) =>
    nodeArn(organization, TargetId),
  ),
  errors: ['organizations-not-in-use', 'target-not-found', 'validation-failed', 'invalid-next-token'],
  async handle(input, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const { TargetId, Filter } = input;
    const isNode = TargetId === organization.rootId || isUnit(organization, TargetId);
    if (!isNode && (await findMember(rooms, TargetId)) === undefined) throw notFound('target-not-found');
    const all = organization.attachedTo(TargetId).filter(({ type }) => type === Filter);
    const { items, ...page } = pageOf(rooms, ['ListPoliciesForTarget', TargetId, Filter], input, { all, keyOf });
    return { Policies: items.map((one) => policySummary(organization, one)), ...page };
  },
});

const listTargetsForPolicy = operation<typeof Organizations, 'ListTargetsForPolicy', OrganizationsRooms>({
  kind: 'read',
  ...onPolicy('ListTargetsForPolicy'),
  errors: ['organizations-not-in-use', 'policy-not-found', 'validation-failed', 'invalid-next-token'],
  async handle(input, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const { id } = requirePolicy(organization, input.PolicyId);
    const all = (await targetsOf(organization, rooms)).filter(({ TargetId }) =>
      organization.attachedTo(TargetId).some((policy) => policy.id === id),
    );
    const list = { all, keyOf: ({ TargetId }: Target) => TargetId };
    const { items, ...page } = pageOf(rooms, ['ListTargetsForPolicy', id], input, list);
    return { Targets: items, ...page };
  },
});

type Target = Awaited<ReturnType<typeof targetsOf>>[number];

/** Everything that a policy can be attached to, in the order of the ids. */
async function targetsOf(organization: Organization, rooms: OrganizationsRooms) {
  const { rootId, parents } = organization;
  const targetOf = (TargetId: string, Name: string, Type: 'ROOT' | 'ORGANIZATIONAL_UNIT' | 'ACCOUNT') => {
    return { TargetId, Arn: nodeArn(organization, TargetId), Name, Type };
  };
  const members = (await membersOf(rooms)).map(({ accountId, name }) => targetOf(accountId, name, 'ACCOUNT'));
  const units = [...parents.keys()].toSorted().map((id) => targetOf(id, id, 'ORGANIZATIONAL_UNIT'));
  return [...members, ...units, targetOf(rootId, 'Root', 'ROOT')];
}

function requirePolicy({ policies }: Organization, policyId: string): OrganizationPolicy {
  const policy = policies.find(({ id }) => id === policyId);
  if (policy === undefined) throw notFound('policy-not-found');
  return policy;
}

export const policyOperations = {
  ListPolicies: listPolicies,
  DescribePolicy: describePolicy,
  ListPoliciesForTarget: listPoliciesForTarget,
  ListTargetsForPolicy: listTargetsForPolicy,
};
