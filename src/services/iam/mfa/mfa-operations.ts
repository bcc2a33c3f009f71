// MFA devices: create, enable, resync, deactivate, delete, look at, tag. A seed is told once, and only to its maker.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { needOn, ownerOf } from '../entities/names.ts';
import { pageOfList, pageOfTable } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import { listingTags, type Taggable, tagging, untagging } from '../tags/tag-operations.ts';
import { userView } from '../users/user-view.ts';
import { requireDevice } from './devices.ts';
import { otpauthUri, qrCodePng } from './qr-code.ts';
import type { MfaDeviceRow } from './tables.ts';
import { base32 } from './totp.ts';

interface DeviceInput {
  readonly SerialNumber: string;
}

interface OwnInput extends DeviceInput {
  readonly UserName?: string;
}

interface CodesInput extends OwnInput {
  readonly AuthenticationCode1: string;
  readonly AuthenticationCode2: string;
}

const needOnDevice = (action: string) => (input: DeviceInput) => [need(action, input.SerialNumber)];

function ownDevice(input: OwnInput, caller: Caller) {
  const { accountId, name: userName } = ownerOf('user', input, caller);
  return { accountId, userName, serial: input.SerialNumber };
}

const twoCodes = (input: CodesInput) => [input.AuthenticationCode1, input.AuthenticationCode2] as const;

const enabledAt = ({ enabled_at_ms }: MfaDeviceRow) =>
  enabled_at_ms === null ? {} : { EnableDate: new Date(enabled_at_ms) };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html */
const createVirtualMFADevice = operation<typeof Iam, 'CreateVirtualMFADevice', IamRooms>({
  kind: 'write',
  needs: ({ VirtualMFADeviceName, Path = '/', Tags = [] }, { accountId }) => [
    need('iam:CreateVirtualMFADevice', iamArn(accountId, 'mfa', Path, VirtualMFADeviceName), { requestTags: Tags }),
  ],
  errors: ['validation-failed', 'invalid-input', 'entity-already-exists', 'entity-limit-exceeded'],
  audit: {
    response: ({ VirtualMFADevice }) => ({ virtualMFADevice: { serialNumber: VirtualMFADevice?.SerialNumber } }),
  },
  async handle({ VirtualMFADeviceName: name, Path: path = '/', Tags: tags = [] }, { accountId }, { mfaDevices }) {
    const { row, seed } = await mfaDevices.create({ accountId, name, path, tags });
    const secret = base32(seed);
    return {
      VirtualMFADevice: {
        SerialNumber: row.serial,
        Base32StringSeed: Buffer.from(secret, 'latin1'),
        QRCodePNG: qrCodePng(otpauthUri({ label: `${name}@${accountId}`, secret })),
        ...(tags.length === 0 ? {} : { Tags: [...tags] }),
      },
    };
  },
});

const enableMFADevice = operation<typeof Iam, 'EnableMFADevice', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:EnableMFADevice'),
  errors: [
    'validation-failed',
    'no-such-entity',
    'entity-already-exists',
    'entity-limit-exceeded',
    'invalid-authentication-code',
  ],
  async handle(input, caller, { mfaDevices }) {
    await mfaDevices.enable(ownDevice(input, caller), twoCodes(input));
    return {};
  },
});

const resyncMFADevice = operation<typeof Iam, 'ResyncMFADevice', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:ResyncMFADevice'),
  errors: ['validation-failed', 'no-such-entity', 'invalid-authentication-code'],
  async handle(input, caller, { mfaDevices }) {
    await mfaDevices.resync(ownDevice(input, caller), twoCodes(input));
    return {};
  },
});

const deactivateMFADevice = operation<typeof Iam, 'DeactivateMFADevice', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:DeactivateMFADevice'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { mfaDevices }) {
    await mfaDevices.deactivate(ownDevice(input, caller));
    return {};
  },
});

const deleteVirtualMFADevice = operation<typeof Iam, 'DeleteVirtualMFADevice', IamRooms>({
  kind: 'write',
  needs: needOnDevice('iam:DeleteVirtualMFADevice'),
  errors: ['validation-failed', 'no-such-entity', 'delete-conflict'],
  async handle({ SerialNumber }, { accountId }, { mfaDevices }) {
    await mfaDevices.remove(accountId, SerialNumber);
    return {};
  },
});

const getMFADevice = operation<typeof Iam, 'GetMFADevice', IamRooms>({
  kind: 'read',
  needs: needOn('user', 'iam:GetMFADevice'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { mfaDevices }) {
    const { accountId, userName, serial } = ownDevice(input, caller);
    const [device, user] = await mfaDevices.get(accountId, serial, userName);
    return { UserName: user.user_name, SerialNumber: serial, ...enabledAt(device) };
  },
});

const listMFADevices = operation<typeof Iam, 'ListMFADevices', IamRooms>({
  kind: 'read',
  needs: needOn('user', 'iam:ListMFADevices'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, rooms) {
    const { accountId, name: UserName } = ownerOf('user', input, caller);
    const list = { all: await rooms.mfaDevices.ofUser(accountId, UserName), keyOf: (row: MfaDeviceRow) => row.serial };
    const { items, ...page } = pageOfList(rooms, `ListMFADevices/${accountId}/${UserName}`, input, list);
    const MFADevices = items.map((row) => ({
      UserName,
      SerialNumber: row.serial,
      EnableDate: new Date(row.enabled_at_ms ?? row.created_at_ms),
    }));
    return { MFADevices, ...page };
  },
});

/** An account has no resource that stands for all its devices: policies speak of `*`. */
const listVirtualMFADevices = operation<typeof Iam, 'ListVirtualMFADevices', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:ListVirtualMFADevices', '*')],
  errors: ['validation-failed'],
  async handle(input, { accountId }, rooms) {
    const assignment = input.AssignmentStatus ?? 'Any';
    const { items, ...page } = await pageOfTable(rooms, `ListVirtualMFADevices/${accountId}/${assignment}`, input, {
      read: (after, limit) => rooms.mfaDevices.list({ accountId, assignment, after, limit }),
      keyOf: (row) => row.serial,
    });
    const shown = items.map(async (row) => {
      const user = await rooms.mfaDevices.userOf(row);
      return { SerialNumber: row.serial, ...enabledAt(row), ...(user === undefined ? {} : { User: userView(user) }) };
    });
    return { VirtualMFADevices: await Promise.all(shown), ...page };
  },
});

const devices: Taggable<DeviceInput> = {
  needs: needOnDevice,
  find:
    ({ SerialNumber }, { accountId }) =>
    async (tables) =>
      (await requireDevice(tables, accountId, SerialNumber)).serial,
};

export const mfaOperations = {
  CreateVirtualMFADevice: createVirtualMFADevice,
  EnableMFADevice: enableMFADevice,
  ResyncMFADevice: resyncMFADevice,
  DeactivateMFADevice: deactivateMFADevice,
  DeleteVirtualMFADevice: deleteVirtualMFADevice,
  GetMFADevice: getMFADevice,
  ListMFADevices: listMFADevices,
  ListVirtualMFADevices: listVirtualMFADevices,
  TagMFADevice: operation<typeof Iam, 'TagMFADevice', IamRooms>(tagging(devices, 'iam:TagMFADevice')),
  UntagMFADevice: operation<typeof Iam, 'UntagMFADevice', IamRooms>(untagging(devices, 'iam:UntagMFADevice')),
  ListMFADeviceTags: operation<typeof Iam, 'ListMFADeviceTags', IamRooms>(
    listingTags(devices, 'iam:ListMFADeviceTags'),
  ),
};
