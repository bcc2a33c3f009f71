// What IAM demands of each member of the operations of access keys.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { existingUserName, matching, page } from '../member-constraints.ts';

const accessKeyId: MemberConstraint = { length: [16, 128], pattern: matching(/^\w+$/, '[\\w]+') };

const user: InputConstraints = { UserName: existingUserName };
const accessKey: InputConstraints = { ...user, AccessKeyId: accessKeyId };

export const accessKeyConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateAccessKey: user,
  ListAccessKeys: { ...user, ...page },
  UpdateAccessKey: { ...accessKey, Status: { enum: ['Active', 'Inactive', 'Expired'] } },
  DeleteAccessKey: accessKey,
  GetAccessKeyLastUsed: { AccessKeyId: accessKeyId },
};
