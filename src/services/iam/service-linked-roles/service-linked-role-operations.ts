// Service-linked roles: create, delete, and how a deletion went.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { needOn } from '../entities/names.ts';
import { roleDetailsView } from '../roles/role-view.ts';
import type { IamRooms } from '../rooms.ts';
import { linkedServices } from './services.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html */
const createServiceLinkedRole = operation<typeof Iam, 'CreateServiceLinkedRole', IamRooms>({
  kind: 'write',
  needs({ AWSServiceName: service }, { accountId }) {
    const roleName = linkedServices.get(service)?.roleName ?? '*';
    const arn = iamArn(accountId, 'role', `/aws-service-role/${service}/`, roleName);
    return [{ ...need('iam:CreateServiceLinkedRole', arn), context: { 'iam:AWSServiceName': service } }];
  },
  errors: ['validation-failed', 'invalid-input', 'entity-limit-exceeded'],
  async handle({ AWSServiceName, CustomSuffix, Description }, { accountId }, { serviceLinkedRoles }) {
    if (CustomSuffix !== undefined) {
      throw new DomainError('invalid-input', `Custom suffix is not allowed for ${AWSServiceName}`, {});
    }
    return { Role: roleDetailsView(await serviceLinkedRoles.create(accountId, AWSServiceName, Description)) };
  },
});

const deleteServiceLinkedRole = operation<typeof Iam, 'DeleteServiceLinkedRole', IamRooms>({
  kind: 'write',
  needs: needOn('role', 'iam:DeleteServiceLinkedRole'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ RoleName }, { accountId }, { serviceLinkedRoles }) {
    return { DeletionTaskId: await serviceLinkedRoles.remove(accountId, RoleName) };
  },
});

/** The task's id holds the role's path and name: `task/aws-service-role/<service>/<role name>/<uuid>`. */
const getServiceLinkedRoleDeletionStatus = operation<typeof Iam, 'GetServiceLinkedRoleDeletionStatus', IamRooms>({
  kind: 'read',
  needs({ DeletionTaskId }, { accountId }) {
    const [, path = '/', name = '*'] = /^task(\/aws-service-role\/[^/]+\/)([^/]+)\/[^/]+$/.exec(DeletionTaskId) ?? [];
    return [need('iam:GetServiceLinkedRoleDeletionStatus', iamArn(accountId, 'role', path, name))];
  },
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ DeletionTaskId }, { accountId }, { serviceLinkedRoles }) {
    await serviceLinkedRoles.requireDeletion(accountId, DeletionTaskId);
    return { Status: 'SUCCEEDED' as const };
  },
});

export const serviceLinkedRoleOperations = {
  CreateServiceLinkedRole: createServiceLinkedRole,
  DeleteServiceLinkedRole: deleteServiceLinkedRole,
  GetServiceLinkedRoleDeletionStatus: getServiceLinkedRoleDeletionStatus,
};
