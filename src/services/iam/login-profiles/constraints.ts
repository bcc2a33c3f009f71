// What IAM demands of each member of the operations of passwords and of their policy.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { existingUserName, matching } from '../member-constraints.ts';

const printable = matching(/^[\t\n\r -ÿ]+$/, '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+');
const password: MemberConstraint = { length: [1, 128], pattern: printable, secret: true };
const profile: InputConstraints = { UserName: existingUserName, Password: password };

export const loginProfileConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateLoginProfile: profile,
  GetLoginProfile: { UserName: existingUserName },
  UpdateLoginProfile: profile,
  DeleteLoginProfile: { UserName: existingUserName },
  ChangePassword: { OldPassword: password, NewPassword: password },
  UpdateAccountPasswordPolicy: {
    MinimumPasswordLength: { range: [6, 128] },
    MaxPasswordAge: { range: [1, 1095] },
    PasswordReusePrevention: { range: [1, 24] },
  },
};
