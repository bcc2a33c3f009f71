// What IAM demands of each member of the operations of service-linked roles.

import type { InputConstraints } from '#wire/constraints.ts';
import { entityName, longName } from '../member-constraints.ts';
import { description } from '../roles/constraints.ts';

export const serviceLinkedRoleConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateServiceLinkedRole: { AWSServiceName: longName, Description: description, CustomSuffix: entityName },
  DeleteServiceLinkedRole: { RoleName: entityName },
  GetServiceLinkedRoleDeletionStatus: { DeletionTaskId: { length: [1, 1000] } },
};
