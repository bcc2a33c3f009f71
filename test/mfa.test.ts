// MFA over a whole site: every operation and its refusals, sessions with a code, the example policy that wants one.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import * as Sts from '@aws-sdk/client-sts';
import { type Authenticator, authenticatorOf } from './support/authenticator.ts';
import { converse, refused, said } from './support/conversation.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';

const example = new URL('../examples/deny-without-mfa.json', import.meta.url);
const invalidCode = ['InvalidAuthenticationCodeException', /^Authentication code for device is not valid\.$/] as const;
const invalidForUser = ['NoSuchEntityException', /^MFA Device invalid for user\.$/] as const;
const noDevice = ['NoSuchEntityException', /^VirtualMFADevice with serial number \S+ does not exist\.$/] as const;
const noUser = ['NoSuchEntityException', /^The user with name none cannot be found\.$/] as const;
const badMarker = ['ValidationError', /^Invalid Marker\.$/] as const;

describe('MFA', () => {
  let house: House;
  let iam: Iam.IAMClient;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
  });
  after(() => house.dispose());

  const talk = (lines: Parameters<typeof converse>[2]) => converse(house, (command) => iam.send(command), lines);

  async function newDevice(by: HouseUser, VirtualMFADeviceName: string): Promise<Authenticator> {
    const { VirtualMFADevice } = await by.iam.send(new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName }));
    return authenticatorOf(VirtualMFADevice);
  }

  /** The code of the next step is then still good. */
  async function enable(by: HouseUser, { serial, code }: Authenticator, UserName: string): Promise<void> {
    const codes = { AuthenticationCode1: code(-1), AuthenticationCode2: code(0) };
    await by.iam.send(new Iam.EnableMFADeviceCommand({ UserName, SerialNumber: serial, ...codes }));
  }

  test('devices are made and enabled', async () => {
    await house.user('ann', []);
    const [UserName, VirtualMFADeviceName, Tags] = ['ann', 'phone', [{ Key: 'a', Value: 'b' }]];
    const [made] = (await talk([
      said(new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName, Path: '/p/', Tags })),
      refused(
        new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'PHONE' }),
        'EntityAlreadyExistsException',
        /^MFADevice entity at the same path and name already exists\.$/,
      ),
      refused(
        new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'a b' }),
        'ValidationError',
        /'virtualMFADe/,
      ),
    ])) as [Iam.CreateVirtualMFADeviceResponse];
    const { serial: SerialNumber, code } = authenticatorOf(made.VirtualMFADevice);
    assert.equal(SerialNumber, `arn:aws:iam::${house.site.home.accountId}:mfa/p/phone`);
    assert.equal(Buffer.from(made.VirtualMFADevice?.QRCodePNG ?? []).toString('latin1', 1, 4), 'PNG');
    const codes = { AuthenticationCode1: code(-1), AuthenticationCode2: code(0) };
    const reversed = { AuthenticationCode1: code(0), AuthenticationCode2: code(-1) };
    const badCode = { ...codes, AuthenticationCode1: '12345x' };
    const enabling = (more: object) => new Iam.EnableMFADeviceCommand({ UserName, SerialNumber, ...codes, ...more });
    await talk([
      refused(enabling(reversed), ...invalidCode),
      refused(enabling({ UserName: 'none' }), ...noUser),
      refused(enabling({ SerialNumber: `${SerialNumber}x` }), ...noDevice),
      refused(enabling(badCode), 'ValidationError', /'authenticationCode1' failed/),
      said(enabling({})),
      refused(enabling({}), 'EntityAlreadyExistsException', /^An enabled MFA device with serial number \S+ already/),
    ]);
  });

  test('devices are looked at and tagged', async () => {
    const UserName = 'art';
    await house.user(UserName, []);
    const device = await newDevice(house.administrator, 'art-phone');
    const { serial: SerialNumber } = device;
    const missing = `${SerialNumber}x`;
    await enable(house.administrator, device, UserName);
    const answers = await talk([
      said(new Iam.GetMFADeviceCommand({ UserName, SerialNumber })),
      refused(new Iam.GetMFADeviceCommand({ UserName: 'administrator', SerialNumber }), ...invalidForUser),
      said(new Iam.ListMFADevicesCommand({ UserName })),
      refused(new Iam.ListMFADevicesCommand({ UserName: 'none' }), ...noUser),
      refused(new Iam.ListMFADevicesCommand({ UserName, Marker: 'forged' }), ...badMarker),
      said(new Iam.ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' })),
      said(new Iam.ListVirtualMFADevicesCommand({ AssignmentStatus: 'Unassigned' })),
      said(new Iam.ListVirtualMFADevicesCommand({})),
      refused(new Iam.ListVirtualMFADevicesCommand({ Marker: 'forged' }), ...badMarker),
      said(new Iam.TagMFADeviceCommand({ SerialNumber, Tags: [{ Key: 'c', Value: 'd' }] })),
      refused(new Iam.TagMFADeviceCommand({ SerialNumber: missing, Tags: [{ Key: 'c', Value: 'd' }] }), ...noDevice),
      said(new Iam.ListMFADeviceTagsCommand({ SerialNumber })),
      refused(new Iam.ListMFADeviceTagsCommand({ SerialNumber: missing }), ...noDevice),
      said(new Iam.UntagMFADeviceCommand({ SerialNumber, TagKeys: ['C'] })),
      refused(new Iam.UntagMFADeviceCommand({ SerialNumber: missing, TagKeys: ['a'] }), ...noDevice),
      said(new Iam.ListMFADeviceTagsCommand({ SerialNumber })),
    ]);
    const [got, own, assigned, unassigned, all, , tags, , untagged] = answers as [
      Iam.GetMFADeviceResponse,
      Iam.ListMFADevicesResponse,
      Iam.ListVirtualMFADevicesResponse,
      Iam.ListVirtualMFADevicesResponse,
      Iam.ListVirtualMFADevicesResponse,
      unknown,
      Iam.ListMFADeviceTagsResponse,
      unknown,
      Iam.ListMFADeviceTagsResponse,
    ];
    assert.deepEqual([got.UserName, got.SerialNumber, got.EnableDate instanceof Date], [UserName, SerialNumber, true]);
    assert.deepEqual(
      own.MFADevices?.map((one) => [one.UserName, one.SerialNumber]),
      [[UserName, SerialNumber]],
    );
    const userOf = (list: Iam.ListVirtualMFADevicesResponse) =>
      list.VirtualMFADevices?.find((one) => one.SerialNumber === SerialNumber)?.User?.UserName;
    assert.deepEqual([assigned, unassigned, all].map(userOf), [UserName, undefined, UserName]);
    assert.deepEqual([tags.Tags, untagged.Tags], [[{ Key: 'c', Value: 'd' }], []]);
  });

  test('devices are resynchronised, deactivated and deleted', async () => {
    const UserName = 'abe';
    await iam.send(new Iam.CreateUserCommand({ UserName }));
    const device = await newDevice(house.administrator, 'abe-phone');
    const { serial: SerialNumber, code } = device;
    await enable(house.administrator, device, UserName);
    const own = { UserName, SerialNumber };
    const ahead = { AuthenticationCode1: code(7), AuthenticationCode2: code(8) };
    await talk([
      said(new Iam.ResyncMFADeviceCommand({ ...own, ...ahead })),
      refused(new Iam.ResyncMFADeviceCommand({ ...own, ...ahead }), ...invalidCode),
      refused(
        new Iam.ResyncMFADeviceCommand({ ...own, ...ahead, SerialNumber: `${SerialNumber}x` }),
        ...invalidForUser,
      ),
      refused(new Iam.DeleteUserCommand({ UserName }), 'DeleteConflictException', /must delete MFA device first/),
      refused(
        new Iam.DeleteVirtualMFADeviceCommand({ SerialNumber }),
        'DeleteConflictException',
        /^MFA VirtualDevice in use\. Must deactivate first\.$/,
      ),
      said(new Iam.DeactivateMFADeviceCommand(own)),
      refused(new Iam.DeactivateMFADeviceCommand(own), ...invalidForUser),
      refused(new Iam.GetMFADeviceCommand({ SerialNumber }), ...invalidForUser),
      said(new Iam.DeleteVirtualMFADeviceCommand({ SerialNumber })),
      refused(new Iam.DeleteVirtualMFADeviceCommand({ SerialNumber }), ...noDevice),
      said(new Iam.DeleteUserCommand({ UserName })),
    ]);
  });

  test('a session shows its code, each code once, and the texts of refusals are those of STS', async () => {
    const user = await house.user('bea', []);
    const device = await newDevice(house.administrator, 'bea');
    await enable(house.administrator, device, 'bea');
    const get = (TokenCode: string, SerialNumber = device.serial) =>
      user.sts.send(new Sts.GetSessionTokenCommand({ SerialNumber, TokenCode }));
    const wrong = {
      name: 'AccessDenied',
      message: /^MultiFactorAuthentication failed with invalid MFA one time pass code\. ?$/,
    };
    const code = device.code(1);
    await assert.rejects(get(code === '000000' ? '000001' : '000000'), wrong);
    const outcomes = await Promise.allSettled([get(code), get(code), get(code)]);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1, 'of three at once');
    await assert.rejects(get(code), wrong, 'replayed');
    const unknown = /unable to validate MFA code\. {2}Please verify/;
    await assert.rejects(get(code, `${device.serial}x`), { name: 'AccessDenied', message: unknown });
    const administrators = house.administrator.sts.send(
      new Sts.GetSessionTokenCommand({ SerialNumber: device.serial, TokenCode: device.code(2) }),
    );
    await assert.rejects(administrators, { name: 'AccessDenied', message: unknown }, 'the device of another');
  });

  test('the example lets a user set up a device and do nothing else before its code was shown', async () => {
    const user = await house.user('cleo', [], [{ Effect: 'Allow', Action: ['ecr:*', 'iam:List*'], Resource: '*' }]);
    const PolicyDocument = await readFile(example, 'utf8');
    await iam.send(new Iam.PutUserPolicyCommand({ UserName: 'cleo', PolicyName: 'mfa', PolicyDocument }));
    const denied = { name: /^AccessDenied/, message: /explicit deny in an identity-based policy/ };
    await assert.rejects(user.ecr.send(new DescribeRepositoriesCommand({})), denied);
    await assert.rejects(user.iam.send(new Iam.ListUsersCommand({})), denied);
    const foreign = new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'other' });
    await assert.rejects(user.iam.send(foreign), { name: 'AccessDenied' }, 'a device of another name');
    const device = await newDevice(user, 'cleo');
    await enable(user, device, 'cleo');
    const { Credentials: without } = await user.sts.send(new Sts.GetSessionTokenCommand({}));
    await assert.rejects(house.session(without).ecr.send(new DescribeRepositoriesCommand({})), denied);
    const code = { SerialNumber: device.serial, TokenCode: device.code(1) };
    const { Credentials } = await user.sts.send(new Sts.GetSessionTokenCommand(code));
    const session = house.session(Credentials);
    await session.ecr.send(new DescribeRepositoriesCommand({}));
    await session.iam.send(new Iam.ListUsersCommand({}));
    const off = new Iam.DeactivateMFADeviceCommand({ UserName: 'cleo', SerialNumber: device.serial });
    await assert.rejects(session.iam.send(off), { name: 'AccessDenied' }, 'nobody takes off MFA with a session alone');
    await assert.rejects(user.ecr.send(new DescribeRepositoriesCommand({})), denied, 'the key itself stays denied');
  });

  test('a trust policy sees a code and its age, and so does a policy of the session', async () => {
    const user = await house.user('dan', [], [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }]);
    const device = await newDevice(house.administrator, 'dan');
    await enable(house.administrator, device, 'dan');
    const Condition = {
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      NumericLessThan: { 'aws:MultiFactorAuthAge': '60' },
    };
    const trust = {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${house.site.home.accountId}:user/dan` },
        Action: 'sts:AssumeRole',
        Condition,
      },
    };
    const { Role } = await iam.send(
      new Iam.CreateRoleCommand({ RoleName: 'guarded', AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    const input = { RoleArn: Role?.Arn ?? '', RoleSessionName: 'one' };
    const assume = (code: object) => user.sts.send(new Sts.AssumeRoleCommand({ ...input, ...code }));
    await assert.rejects(assume({}), { name: 'AccessDenied' });
    const code = { SerialNumber: device.serial, TokenCode: device.code(1) };
    const { AssumedRoleUser } = await assume(code);
    assert.match(AssumedRoleUser?.Arn ?? '', /assumed-role\/guarded\/one$/);
    await assert.rejects(assume(code), { name: 'AccessDenied', message: /invalid MFA one time pass code/ });
  });

  test('neither seeds nor codes stand in the audit or the log', async () => {
    const user = await house.user('eve', []);
    const device = await newDevice(house.administrator, 'eve');
    await enable(house.administrator, device, 'eve');
    const mistyped = { SerialNumber: device.serial, TokenCode: '98765x' };
    const noCode = { name: 'ValidationError', message: /Value at 'tokenCode' failed/ };
    await assert.rejects(user.sts.send(new Sts.GetSessionTokenCommand(mistyped)), noCode);
    const TokenCode = device.code(1);
    await user.sts.send(new Sts.GetSessionTokenCommand({ SerialNumber: device.serial, TokenCode }));
    const records = await house.auditRecords();
    const ofDevice = records.filter((record) => JSON.stringify(record).includes(device.serial));
    assert.deepEqual(
      ofDevice.map(({ eventName }) => eventName),
      ['CreateVirtualMFADevice', 'EnableMFADevice', 'GetSessionToken'],
    );
    const written = [...ofDevice.map((record) => JSON.stringify(record)), ...house.log].join('\n');
    const members = /authenticationCode|tokenCode|base32|qrCode/i;
    assert.doesNotMatch(written, members);
    assert.ok(!written.includes(device.secret));
    assert.ok(!JSON.stringify(records).includes('98765x'), 'nor mistyped ones');
    assert.ok(!written.includes(`"${TokenCode}"`));
  });
});
