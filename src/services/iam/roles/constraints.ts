// What IAM demands of each member of the operations of roles.

import { limits } from '#core/limits.ts';
import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { arn, document, entityName, matching, page, path, pathPrefix, tags } from '../member-constraints.ts';

const role: InputConstraints = { RoleName: entityName };
export const description: MemberConstraint = {
  length: [0, 1000],
  pattern: matching(/^[\t\n\r -~¡-ÿ]*$/, '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*'),
};
const sessionSeconds: MemberConstraint = { range: [limits.roleSessionSecondsMin, limits.roleSessionSecondsMax] };

export const roleConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateRole: {
    ...role,
    Path: path,
    AssumeRolePolicyDocument: document,
    Description: description,
    MaxSessionDuration: sessionSeconds,
    PermissionsBoundary: arn,
    ...tags,
  },
  GetRole: role,
  ListRoles: { PathPrefix: pathPrefix, ...page },
  UpdateRole: { ...role, Description: description, MaxSessionDuration: sessionSeconds },
  UpdateRoleDescription: { ...role, Description: description },
  UpdateAssumeRolePolicy: { ...role, PolicyDocument: document },
  DeleteRole: role,
};
