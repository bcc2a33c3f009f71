// Passwords over a whole site: every operation and its refusals, and that no password stands in audit or log.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Iam from '@aws-sdk/client-iam';
import { converse, refused, said } from './support/conversation.ts';
import { type House, openHouse } from './support/house.ts';

const violation = 'PasswordPolicyViolationException';
const noUser = ['NoSuchEntityException', /^The user with name none cannot be found\.$/] as const;

describe('login profiles', () => {
  let house: House;
  let iam: Iam.IAMClient;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
  });
  after(() => house.dispose());

  test('passwords and their policy', async () => {
    const ann = await house.user('ann', []);
    const [UserName, Password] = ['ann', 'Correct-Horse1'];
    const noProfile = ['NoSuchEntityException', /^Login Profile for User ann cannot be found\.$/] as const;
    const noPolicy = [
      'NoSuchEntityException',
      /^The Password Policy with domain name \d{12} cannot be found\.$/,
    ] as const;
    const answers = await converse(house, (command) => iam.send(command), [
      refused(new Iam.GetAccountPasswordPolicyCommand({}), ...noPolicy),
      refused(new Iam.DeleteAccountPasswordPolicyCommand({}), ...noPolicy),
      refused(
        new Iam.UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 5 }),
        'ValidationError',
        /minimumPass/,
      ),
      said(new Iam.UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 10, MaxPasswordAge: 90 })),
      said(new Iam.GetAccountPasswordPolicyCommand({})),
      refused(new Iam.GetLoginProfileCommand({ UserName }), ...noProfile),
      refused(new Iam.UpdateLoginProfileCommand({ UserName, Password }), ...noProfile),
      refused(new Iam.DeleteLoginProfileCommand({ UserName }), ...noProfile),
      refused(new Iam.CreateLoginProfileCommand({ UserName, Password: 'short' }), violation, /minimum length of 10$/),
      refused(
        new Iam.CreateLoginProfileCommand({ UserName, Password: 'x\u0101yzzy' }),
        'ValidationError',
        /^1 .*: Value at 'pass/,
      ),
      refused(new Iam.CreateLoginProfileCommand({ UserName: 'none', Password }), ...noUser),
      said(new Iam.CreateLoginProfileCommand({ UserName, Password, PasswordResetRequired: true })),
      refused(
        new Iam.CreateLoginProfileCommand({ UserName, Password }),
        'EntityAlreadyExistsException',
        /already exists/,
      ),
      said(new Iam.GetLoginProfileCommand({ UserName })),
      said(new Iam.UpdateLoginProfileCommand({ UserName, Password: 'Another-Horse2' })),
      refused(new Iam.DeleteUserCommand({ UserName }), 'DeleteConflictException', /must delete login profile first/),
    ]);
    const policy = (answers[1] as Iam.GetAccountPasswordPolicyResponse).PasswordPolicy;
    assert.deepEqual([policy?.MinimumPasswordLength, policy?.MaxPasswordAge, policy?.ExpirePasswords], [10, 90, true]);
    const shown = (answers[3] as Iam.GetLoginProfileResponse).LoginProfile;
    assert.deepEqual([shown?.UserName, shown?.PasswordResetRequired], ['ann', true]);
    const change = (OldPassword: string) =>
      ann.iam.send(new Iam.ChangePasswordCommand({ OldPassword, NewPassword: 'Third-Horse3' }));
    await assert.rejects(change('Another-Horse2'), { name: 'AccessDenied', message: /not authorized/ });
    await iam.send(new Iam.UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword: true }));
    await assert.rejects(change('Wrong-Horse'), {
      name: 'AccessDenied',
      message: /^The old password was incorrect\.$/,
    });
    await change('Another-Horse2');
    await iam.send(new Iam.DeleteLoginProfileCommand({ UserName }));
    await iam.send(new Iam.DeleteAccountPasswordPolicyCommand({}));
    const written = `${JSON.stringify(await house.auditRecords())}${house.log.join('\n')}`;
    assert.doesNotMatch(written, /Horse|x\u0101yzzy|argon2/);
  });

  test('nobody without permission', async () => {
    const { iam: eve } = await house.user('eve', []);
    const [UserName, Password, denied] = ['eve', 'Correct-Horse1', { name: 'AccessDenied' }];
    await assert.rejects(eve.send(new Iam.CreateLoginProfileCommand({ UserName, Password })), denied);
    await assert.rejects(eve.send(new Iam.GetLoginProfileCommand({ UserName })), denied);
    await assert.rejects(eve.send(new Iam.UpdateLoginProfileCommand({ UserName, Password })), denied);
    await assert.rejects(eve.send(new Iam.DeleteLoginProfileCommand({ UserName })), denied);
    await assert.rejects(eve.send(new Iam.UpdateAccountPasswordPolicyCommand({})), denied);
    await assert.rejects(eve.send(new Iam.GetAccountPasswordPolicyCommand({})), denied);
    await assert.rejects(eve.send(new Iam.DeleteAccountPasswordPolicyCommand({})), denied);
  });
});
