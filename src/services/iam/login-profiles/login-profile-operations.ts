// Passwords: login profiles, a user's own change, and the account's password policy.

import type * as Iam from '@aws-sdk/client-iam';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { needOn, ownerOf } from '../entities/names.ts';
import type { IamRooms } from '../rooms.ts';
import { type LoginProfile, noSuchPolicy } from './login-profiles.ts';
import { plainPolicy } from './password-policy.ts';

function profileView({ userName, createdAtMs, resetRequired }: LoginProfile) {
  return { UserName: userName, CreateDate: new Date(createdAtMs), PasswordResetRequired: resetRequired };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html */
const createLoginProfile = operation<typeof Iam, 'CreateLoginProfile', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:CreateLoginProfile'),
  errors: ['validation-failed', 'no-such-entity', 'entity-already-exists', 'password-policy-violation'],
  async handle(input, caller, { loginProfiles }) {
    const { Password: password, PasswordResetRequired: resetRequired = false } = input;
    if (password === undefined) throw new DomainError('validation-failed', 'Password is required.', {});
    const { accountId, name: userName } = ownerOf('user', input, caller);
    return { LoginProfile: profileView(await loginProfiles.create({ accountId, userName, password, resetRequired })) };
  },
});

const getLoginProfile = operation<typeof Iam, 'GetLoginProfile', IamRooms>({
  kind: 'read',
  needs: needOn('user', 'iam:GetLoginProfile'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { loginProfiles }) {
    const { accountId, name } = ownerOf('user', input, caller);
    return { LoginProfile: profileView(await loginProfiles.get(accountId, name)) };
  },
});

const updateLoginProfile = operation<typeof Iam, 'UpdateLoginProfile', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:UpdateLoginProfile'),
  errors: ['validation-failed', 'no-such-entity', 'password-policy-violation'],
  async handle(input, caller, { loginProfiles }) {
    const { accountId, name } = ownerOf('user', input, caller);
    const { Password: password, PasswordResetRequired: resetRequired } = input;
    await loginProfiles.update(accountId, name, { password, resetRequired });
    return {};
  },
});

const deleteLoginProfile = operation<typeof Iam, 'DeleteLoginProfile', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:DeleteLoginProfile'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { loginProfiles }) {
    const { accountId, name } = ownerOf('user', input, caller);
    await loginProfiles.remove(accountId, name);
    return {};
  },
});

const changePassword = operation<typeof Iam, 'ChangePassword', IamRooms>({
  kind: 'write',
  // The account's password policy may let everybody change the own password, which only a look at it shows.
  needs: () => [],
  async furtherNeeds(_input, caller, { loginProfiles }) {
    const policy = await loginProfiles.policy(caller.accountId);
    return policy?.AllowUsersToChangePassword === true ? [] : needOn('user', 'iam:ChangePassword')({}, caller);
  },
  errors: ['validation-failed', 'no-such-entity', 'password-policy-violation', 'entity-temporarily-unmodifiable'],
  async handle({ OldPassword, NewPassword }, caller, { loginProfiles }) {
    const { accountId, name } = ownerOf('user', {}, caller);
    await loginProfiles.changeOwn({
      accountId,
      userName: name,
      oldPassword: OldPassword,
      newPassword: NewPassword,
      sourceAddress: caller.call.sourceAddress,
    });
    return {};
  },
});

const updateAccountPasswordPolicy = operation<typeof Iam, 'UpdateAccountPasswordPolicy', IamRooms>({
  kind: 'write',
  // An account has one password policy, which has no ARN.
  needs: () => [need('iam:UpdateAccountPasswordPolicy', '*')],
  errors: ['validation-failed'],
  async handle(input, { accountId }, { loginProfiles }) {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    await loginProfiles.setPolicy(accountId, { ...plainPolicy, ...given });
    return {};
  },
});

const getAccountPasswordPolicy = operation<typeof Iam, 'GetAccountPasswordPolicy', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:GetAccountPasswordPolicy', '*')],
  errors: ['no-such-entity'],
  async handle(_input, { accountId }, { loginProfiles }) {
    const policy = await loginProfiles.policy(accountId);
    if (policy === undefined) throw noSuchPolicy(accountId);
    return { PasswordPolicy: { ...policy, ExpirePasswords: policy.MaxPasswordAge !== undefined } };
  },
});

const deleteAccountPasswordPolicy = operation<typeof Iam, 'DeleteAccountPasswordPolicy', IamRooms>({
  kind: 'write',
  needs: () => [need('iam:DeleteAccountPasswordPolicy', '*')],
  errors: ['no-such-entity'],
  async handle(_input, { accountId }, { loginProfiles }) {
    await loginProfiles.removePolicy(accountId);
    return {};
  },
});

export const loginProfileOperations = {
  CreateLoginProfile: createLoginProfile,
  GetLoginProfile: getLoginProfile,
  UpdateLoginProfile: updateLoginProfile,
  DeleteLoginProfile: deleteLoginProfile,
  ChangePassword: changePassword,
  UpdateAccountPasswordPolicy: updateAccountPasswordPolicy,
  GetAccountPasswordPolicy: getAccountPasswordPolicy,
  DeleteAccountPasswordPolicy: deleteAccountPasswordPolicy,
};
