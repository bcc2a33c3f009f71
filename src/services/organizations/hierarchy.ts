// The root, the units below it, and who stands where.

import type * as Organizations from '@aws-sdk/client-organizations';
import { operation } from '#wire/sdk.ts';
import { nodeArn } from './arns.ts';
import { needOnAll, needOnArn } from './needs.ts';
import { pageOf } from './paging.ts';
import { notFound, requireOrganization } from './refusals.ts';
import type { OrganizationsRooms } from './rooms.ts';
import { findMember, isUnit, membersOf, parentOf, requireParent, unitsIn } from './tree.ts';
import { policyTypes, unitView } from './views.ts';

interface OfParent {
  readonly ParentId: string;
}

const keyOf = (id: string) => id;

const listRoots = operation<typeof Organizations, 'ListRoots', OrganizationsRooms>({
  kind: 'read',
  needs: needOnAll('ListRoots'),
  errors: ['organizations-not-in-use', 'validation-failed'],
  handle(_input, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const { rootId } = organization;
    const root = { Id: rootId, Arn: nodeArn(organization, rootId), Name: 'Root', PolicyTypes: policyTypes };
    return { Roots: [root] };
  },
});

const listUnits = operation<typeof Organizations, 'ListOrganizationalUnitsForParent', OrganizationsRooms>({
  kind: 'read',
  ...needOnArn<OfParent>('ListOrganizationalUnitsForParent', (organization, { ParentId }) =>
    nodeArn(organization, ParentId),
  ),
  errors: ['organizations-not-in-use', 'parent-not-found', 'validation-failed', 'invalid-next-token'],
  handle(input, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const { ParentId } = input;
    requireParent(organization, ParentId);
    const scope = ['ListOrganizationalUnitsForParent', ParentId];
    const { items, ...page } = pageOf(rooms, scope, input, { all: unitsIn(organization, ParentId), keyOf });
    return { OrganizationalUnits: items.map((id) => unitView(organization, id)), ...page };
  },
});

const describeUnit = operation<typeof Organizations, 'DescribeOrganizationalUnit', OrganizationsRooms>({
  kind: 'read',
  ...needOnArn<{ readonly OrganizationalUnitId: string }>('DescribeOrganizationalUnit', (organization, input) =>
    nodeArn(organization, input.OrganizationalUnitId),
  ),
  errors: ['organizations-not-in-use', 'organizational-unit-not-found', 'validation-failed'],
  handle({ OrganizationalUnitId: id }, _caller, rooms) {
    const organization = requireOrganization(rooms);
    if (!isUnit(organization, id)) throw notFound('organizational-unit-not-found');
    return { OrganizationalUnit: unitView(organization, id) };
  },
});

const listChildren = operation<typeof Organizations, 'ListChildren', OrganizationsRooms>({
  kind: 'read',
  ...needOnArn<OfParent>('ListChildren', (organization, { ParentId }) => nodeArn(organization, ParentId)),
  errors: ['organizations-not-in-use', 'parent-not-found', 'validation-failed', 'invalid-next-token'],
  async handle(input, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const { ParentId, ChildType: Type } = input;
    requireParent(organization, ParentId);
    const accounts = async () => (await membersOf(rooms)).map(({ accountId }) => accountId as string);
    const all =
      Type === 'ACCOUNT'
        ? (await accounts()).filter((id) => organization.unitOf(id) === ParentId)
        : unitsIn(organization, ParentId);
    const { items, ...page } = pageOf(rooms, ['ListChildren', ParentId, Type], input, { all, keyOf });
    return { Children: items.map((Id) => ({ Id, Type })), ...page };
  },
});

const listParents = operation<typeof Organizations, 'ListParents', OrganizationsRooms>({
  kind: 'read',
  ...needOnArn<{ readonly ChildId: string }>('ListParents', (organization, { ChildId }) =>
    nodeArn(organization, ChildId),
  ),
  errors: ['organizations-not-in-use', 'child-not-found', 'validation-failed'],
  async handle({ ChildId }, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const isThere = isUnit(organization, ChildId) || (await findMember(rooms, ChildId)) !== undefined;
    const Id = isThere ? parentOf(organization, ChildId) : undefined;
    if (Id === undefined) throw notFound('child-not-found');
    return { Parents: [{ Id, Type: Id === organization.rootId ? 'ROOT' : 'ORGANIZATIONAL_UNIT' }] };
  },
});

export const hierarchyOperations = {
  ListRoots: listRoots,
  ListOrganizationalUnitsForParent: listUnits,
  DescribeOrganizationalUnit: describeUnit,
  ListChildren: listChildren,
  ListParents: listParents,
};
