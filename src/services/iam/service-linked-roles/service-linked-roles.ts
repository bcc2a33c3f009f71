// Roles that belong to a service: made with their one policy, changed by nobody, deleted as a task.

import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { deleteAttachment, insertAttachment, listAttachments } from '../attachments/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { noSuchEntity } from '../refusals.ts';
import { type RoleDetails, type Roles, removeRole, requireRole } from '../roles/roles.ts';
import { findRole } from '../roles/tables.ts';
import type { IamTables } from '../tables.ts';
import { linkedServices } from './services.ts';
import { findRoleDeletion, insertRoleDeletion } from './tables.ts';

const taskKeptMs = 7 * 24 * 3600 * 1000;

export interface ServiceLinkedRoles {
  create(accountId: AccountId, service: string, description: string | undefined): Promise<RoleDetails>;
  /** The id of the deletion's task, which is done when this returns. */
  remove(accountId: AccountId, roleName: string): Promise<string>;
  /** Throws no-such-entity for a task that never was, or was long ago. */
  requireDeletion(accountId: AccountId, taskId: string): Promise<void>;
}

export function openServiceLinkedRoles(store: IamStore, roles: Roles): ServiceLinkedRoles {
  const tables = store.database.tables<IamTables>();
  return {
    async create(accountId, service, description) {
      const linked = linkedServices.get(service);
      if (linked === undefined) throw invalid(`Service-linked roles of ${service} are not known here.`);
      const { roleName, policyArn } = linked;
      if ((await findRole(tables, accountId, roleName)) !== undefined) {
        const taken = `Service role name ${roleName} has been taken in this account`;
        throw invalid(`${taken}, please try a different suffix.`);
      }
      const role = {
        accountId,
        name: roleName,
        path: `/aws-service-role/${service}/`,
        trustPolicy: trustOf(service),
        description: description ?? linked.description,
        maxSessionSeconds: limits.roleSessionSecondsMin,
        tags: [],
        service,
      };
      return roles.create(role, (transaction, roleId) =>
        insertAttachment(transaction, { owner_id: roleId, account_id: accountId, policy_arn: policyArn }),
      );
    },
    remove: (accountId, roleName) =>
      store.change(async (transaction) => {
        const { role_id, role_name, service } = await requireRole(transaction, accountId, roleName);
        if (service === null) throw noSuchEntity(`The service-linked role with name ${roleName}`);
        for (const { policy_arn } of await listAttachments(transaction, role_id)) {
          await deleteAttachment(transaction, role_id, policy_arn);
        }
        await removeRole(transaction, role_id);
        const task_id = `task/aws-service-role/${service}/${role_name}/${store.random.uuid()}`;
        const deleted_at_ms = store.clock.nowMs();
        const row = { task_id, account_id: accountId, deleted_at_ms };
        await insertRoleDeletion(transaction, row, deleted_at_ms - taskKeptMs);
        return task_id;
      }),
    async requireDeletion(accountId, taskId) {
      const task = await findRoleDeletion(tables, taskId);
      if (task?.account_id !== accountId) throw noSuchEntity(`The deletion task ${taskId}`);
    },
  };
}

function trustOf(service: string): string {
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function invalid(message: string): DomainError {
  return new DomainError('invalid-input', message, {});
}
