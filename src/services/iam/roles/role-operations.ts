// Roles: create, get, list, update, delete, and who may assume them.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { needWithBoundary } from '../boundaries/needs.ts';
import { needOn } from '../entities/names.ts';
import { refuseStrangers } from '../oidc-providers/federation.ts';
import { pageOfTable } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import { needsToCreate } from '../tags/needs.ts';
import { lastUsedView, roleDetailsView, roleView } from './role-view.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const createRole = operation<typeof Iam, 'CreateRole', IamRooms>({
  kind: 'write',
  needs({ Path = '/', RoleName, Tags, PermissionsBoundary }, { accountId }) {
    const arn = iamArn(accountId, 'role', Path, RoleName);
    const needs = needsToCreate(['iam:CreateRole', 'iam:TagRole'], arn, Tags);
    return needs.map((one) => needWithBoundary(one, PermissionsBoundary));
  },
  errors: [
    'validation-failed',
    'invalid-input',
    'no-such-entity',
    'entity-already-exists',
    'entity-limit-exceeded',
    'malformed-policy',
    'policy-not-attachable',
  ],
  async handle(input, { accountId }, { roles, federation }) {
    refuseStrangers(input.AssumeRolePolicyDocument, federation);
    const { Path = '/', MaxSessionDuration = limits.roleSessionSecondsMin, Tags = [] } = input;
    if (Path.startsWith('/aws-service-role/')) {
      throw new DomainError('invalid-input', 'The path /aws-service-role/ is for service-linked roles only.', {});
    }
    const role = await roles.create({
      accountId,
      name: input.RoleName,
      path: Path,
      trustPolicy: input.AssumeRolePolicyDocument,
      description: input.Description,
      maxSessionSeconds: MaxSessionDuration,
      boundary: input.PermissionsBoundary,
      tags: Tags,
    });
    return { Role: roleDetailsView(role) };
  },
});

const getRole = operation<typeof Iam, 'GetRole', IamRooms>({
  kind: 'read',
  needs: needOn('role', 'iam:GetRole'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ RoleName }, { accountId }, { roles, activity }) {
    const role = await roles.get(accountId, RoleName);
    return { Role: { ...roleDetailsView(role), ...lastUsedView(await activity.last(role.row.role_id)) } };
  },
});

const listRoles = operation<typeof Iam, 'ListRoles', IamRooms>({
  kind: 'read',
  needs: ({ PathPrefix = '/' }, { accountId }) => [need('iam:ListRoles', iamArn(accountId, 'role', PathPrefix, '*'))],
  errors: ['validation-failed'],
  async handle(input, { accountId }, rooms) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { items, ...page } = await pageOfTable(rooms, `ListRoles/${accountId}/${pathPrefix}`, input, {
      read: (after, limit) => rooms.roles.list(accountId, { pathPrefix, after, limit }),
      keyOf: ({ row }) => row.name_key,
    });
    return { Roles: items.map(roleView), ...page };
  },
});

const updateRole = operation<typeof Iam, 'UpdateRole', IamRooms>({
  kind: 'write',
  needs: needOn('role', 'iam:UpdateRole'),
  errors: ['validation-failed', 'no-such-entity', 'unmodifiable-entity'],
  async handle({ RoleName, Description, MaxSessionDuration }, { accountId }, { roles }) {
    await roles.update(accountId, RoleName, { description: Description, maxSessionSeconds: MaxSessionDuration });
    return {};
  },
});

const updateRoleDescription = operation<typeof Iam, 'UpdateRoleDescription', IamRooms>({
  kind: 'write',
  needs: needOn('role', 'iam:UpdateRoleDescription'),
  errors: ['validation-failed', 'no-such-entity', 'unmodifiable-entity'],
  async handle({ RoleName, Description }, { accountId }, { roles }) {
    await roles.update(accountId, RoleName, { description: Description });
    return { Role: roleDetailsView(await roles.get(accountId, RoleName)) };
  },
});

const updateAssumeRolePolicy = operation<typeof Iam, 'UpdateAssumeRolePolicy', IamRooms>({
  kind: 'write',
  needs: needOn('role', 'iam:UpdateAssumeRolePolicy'),
  errors: ['validation-failed', 'no-such-entity', 'malformed-policy', 'entity-limit-exceeded', 'unmodifiable-entity'],
  async handle({ RoleName, PolicyDocument }, { accountId }, { roles, federation }) {
    refuseStrangers(PolicyDocument, federation);
    await roles.setTrustPolicy(accountId, RoleName, PolicyDocument);
    return {};
  },
});

const deleteRole = operation<typeof Iam, 'DeleteRole', IamRooms>({
  kind: 'write',
  needs: needOn('role', 'iam:DeleteRole'),
  errors: ['validation-failed', 'no-such-entity', 'delete-conflict', 'unmodifiable-entity'],
  async handle({ RoleName }, { accountId }, { roles }) {
    await roles.remove(accountId, RoleName);
    return {};
  },
});

export const roleOperations = {
  CreateRole: createRole,
  GetRole: getRole,
  ListRoles: listRoles,
  UpdateRole: updateRole,
  UpdateRoleDescription: updateRoleDescription,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
  DeleteRole: deleteRole,
};
