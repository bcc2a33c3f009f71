// Keys made, switched, scheduled for deletion and called back, rotated, given policies; and what is made with them.

import * as Kms from '@aws-sdk/client-kms';
import { absent } from '../checking/register.ts';
import { Violation } from '../checking/registers.ts';
import { seededBytes } from '../driving/seeded-random.ts';
import { call, entry, type KeyClient, keyIs, put, refusalOfMissing, refusalsOfUse } from './calls.ts';
import { any, type KeyEntry, pending, pendingWithout, stateOf } from './key-register.ts';
import { type Ciphertext, dayMs, type KeySession, type KeyWorld, type KnownKey } from './key-world.ts';

const windowDays = 7;
/** The least there is: a run of some hundred lives comes by it. */
const rotationDays = 90;

/** One that differs from all others, and takes nothing from the account. */
export function policyText(arn: string, version: string): string {
  const [, , , , accountId = ''] = arn.split(':');
  const principal = { AWS: `arn:aws:iam::${accountId}:root` };
  const statement = { Sid: version, Effect: 'Allow', Principal: principal, Action: 'kms:*', Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

/** With a description of its own, by which a key is known whose making was not answered. */
export async function createKey({ session, kms, random }: KeyClient): Promise<void> {
  const { world } = session;
  const number = world.nextNumber();
  const material = random.oneIn(4) ? seededBytes(number, 32) : undefined;
  const Description = `faults ${number}`;
  const made = new Kms.CreateKeyCommand({ Description, ...(material && { Origin: 'EXTERNAL' }) });
  world.keysAsked.set(Description, { isExternal: material !== undefined });
  await call(session, {
    ...{ name: `CreateKey ${Description}`, kind: 'write', refused: {} },
    send: () => kms.send(made),
    done({ KeyMetadata }) {
      const { KeyId: keyId = '', Arn: arn = '' } = KeyMetadata ?? {};
      world.keysAsked.delete(Description);
      world.keys.push(knownKey(keyId, arn, material));
      const state = material === undefined ? 'Enabled' : 'PendingImport';
      return [put('key', keyId, '', state, 'done'), put('policy', keyId, '', 'default', 'done')];
    },
  });
}

export function knownKey(keyId: string, arn: string, material: Buffer | undefined): KnownKey {
  const rotations = { sure: 0, perhaps: 0 };
  return { keyId, arn, material, ciphertexts: [], grants: [], grantsAsked: new Map(), rotations };
}

/** What the answer or its absence says of a change of the key's state. */
async function change(
  { session }: KeyClient,
  name: string,
  key: KnownKey,
  moves: Readonly<Record<string, string>>,
  send: () => Promise<{ readonly $metadata: { readonly requestId?: string | undefined } }>,
): Promise<void> {
  const move = (answer: 'done' | 'refused' | undefined) => [
    entry('key', key.keyId, '', { kind: 'move', moves, answer }),
  ];
  const refused = { KMSInvalidStateException: move('refused'), ...refusalOfMissing(key) };
  await call(session, {
    ...{ name: `${name} ${key.keyId}`, kind: 'write', send, refused },
    unanswered: move(undefined),
    done: () => move('done'),
  });
}

export const enableMoves = { Enabled: 'Enabled', Disabled: 'Enabled' };
const disableMoves = { Enabled: 'Disabled', Disabled: 'Disabled' };
const cancelMoves = { [pending]: 'Disabled', [pendingWithout]: 'PendingImport' };

export function enableKey(client: KeyClient, key: KnownKey): Promise<void> {
  const send = () => client.kms.send(new Kms.EnableKeyCommand({ KeyId: key.keyId }));
  return change(client, 'EnableKey', key, enableMoves, send);
}

export function disableKey(client: KeyClient, key: KnownKey): Promise<void> {
  const send = () => client.kms.send(new Kms.DisableKeyCommand({ KeyId: key.keyId }));
  return change(client, 'DisableKey', key, disableMoves, send);
}

export function scheduleDeletion(client: KeyClient, key: KnownKey): Promise<void> {
  const day = client.session.world.day + windowDays;
  const [withIt, without] = [stateOf(pending, day), stateOf(pendingWithout, day)];
  const moves = { Enabled: withIt, Disabled: withIt, PendingImport: without };
  const input = { KeyId: key.keyId, PendingWindowInDays: windowDays };
  return change(client, 'ScheduleKeyDeletion', key, moves, () =>
    client.kms.send(new Kms.ScheduleKeyDeletionCommand(input)),
  );
}

export function cancelDeletion(client: KeyClient, key: KnownKey): Promise<void> {
  const send = () => client.kms.send(new Kms.CancelKeyDeletionCommand({ KeyId: key.keyId }));
  return change(client, 'CancelKeyDeletion', key, cancelMoves, send);
}

/** The key's state as it says itself; `absent` for one that is not there. */
export async function describeKey({ session, kms }: KeyClient, key: KnownKey): Promise<string> {
  let state = absent;
  await call(session, {
    ...{ name: 'DescribeKey', kind: 'read', refused: refusalOfMissing(key) },
    send: () => kms.send(new Kms.DescribeKeyCommand({ KeyId: key.keyId })),
    done({ KeyMetadata }) {
      state = KeyMetadata?.KeyState ?? '';
      return [keyIs(key, ...statesShown(session.world, KeyMetadata))];
    },
  });
  return state;
}

/** The date says on which day of the site's clock the key was scheduled: a run is shorter than a day. */
export function statesShown({ beganMs }: KeyWorld, metadata: Kms.KeyMetadata | undefined): readonly string[] {
  const { KeyState = '', DeletionDate } = metadata ?? {};
  if (KeyState !== 'PendingDeletion') return [KeyState];
  const day = Math.floor(((DeletionDate?.getTime() ?? 0) - beganMs) / dayMs);
  return [stateOf(pending, day), stateOf(pendingWithout, day)];
}

export async function encrypt({ session, kms, random }: KeyClient, key: KnownKey): Promise<void> {
  const number = session.world.nextNumber();
  const plaintext = seededBytes(number, random.between(1, 200));
  const context = { number: String(number) };
  const input = { KeyId: key.keyId, Plaintext: plaintext, EncryptionContext: context };
  await call(session, {
    ...{ name: 'Encrypt', kind: 'read', refused: refusalsOfUse(key) },
    send: () => kms.send(new Kms.EncryptCommand(input)),
    done({ CiphertextBlob: blob = new Uint8Array() }) {
      key.ciphertexts.push({ blob, plaintext, context });
      return [keyIs(key, 'Enabled')];
    },
  });
}

/** True when it was opened; where it was not, that has to be because of the key's state. */
export async function decrypt(
  { session, kms }: KeyClient,
  key: KnownKey,
  { blob, plaintext, context }: Ciphertext,
): Promise<boolean> {
  const input = { CiphertextBlob: blob, EncryptionContext: { ...context } };
  // A ciphertext does not tell those who may not use its key whether there is one.
  const refused = { ...refusalsOfUse(key), AccessDeniedException: [keyIs(key, absent)] };
  const output = await call(session, {
    ...{ name: 'Decrypt', kind: 'read', refused },
    send: () => kms.send(new Kms.DecryptCommand(input)),
    done({ Plaintext = new Uint8Array() }) {
      if (!plaintext.equals(Plaintext)) throw new Violation(`a ciphertext of ${key.arn} opens to other bytes`);
      return [keyIs(key, 'Enabled')];
    },
  });
  if (output === undefined) return false;
  session.world.counts.opened += 1;
  return true;
}

export async function putPolicy({ session, kms }: KeyClient, key: KnownKey): Promise<void> {
  const version = `version${session.world.nextNumber()}`;
  const input = { KeyId: key.keyId, Policy: policyText(key.arn, version) };
  const putTo = (answer?: 'done') => [put('policy', key.keyId, '', version, answer)];
  await call(session, {
    ...{ name: `PutKeyPolicy ${version}`, kind: 'write', unanswered: putTo(), refused: refusalOfMissing(key) },
    send: () => kms.send(new Kms.PutKeyPolicyCommand(input)),
    done: () => putTo('done'),
  });
}

export async function readPolicy({ session, kms }: KeyClient, key: KnownKey): Promise<void> {
  await call(session, {
    ...{ name: 'GetKeyPolicy', kind: 'read', refused: refusalOfMissing(key) },
    send: () => kms.send(new Kms.GetKeyPolicyCommand({ KeyId: key.keyId })),
    done({ Policy = '' }) {
      const version = /version\d+/.exec(Policy)?.[0] ?? 'default';
      return [entry('policy', key.keyId, '', { kind: 'among', states: [version] })];
    },
  });
}

/** `on` or not. */
export async function switchRotation({ session, kms, random }: KeyClient, key: KnownKey): Promise<void> {
  const isOn = random.oneIn(2);
  const KeyId = key.keyId;
  const switched = (answer: 'done' | undefined): readonly KeyEntry[] => {
    const moves = isOn ? { [any]: 'on', [absent]: 'on' } : { [any]: absent, [absent]: absent };
    return [entry('rotation', key.keyId, '', { kind: 'move', moves, answer })];
  };
  await call(session, {
    ...{ name: isOn ? 'EnableKeyRotation' : 'DisableKeyRotation', kind: 'write', unanswered: switched(undefined) },
    send: (): Promise<Kms.EnableKeyRotationCommandOutput> =>
      isOn
        ? kms.send(new Kms.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: rotationDays }))
        : kms.send(new Kms.DisableKeyRotationCommand({ KeyId })),
    done: () => [...switched('done'), keyIs(key, 'Enabled')],
    refused: refusalsOfUse(key),
  });
}

/** At a quiet moment, of a key that does not wait for its end: then it is not shown. */
export async function readRotation({ session, kms }: KeyClient, key: KnownKey): Promise<void> {
  await call(session, {
    ...{ name: 'GetKeyRotationStatus', kind: 'read', refused: refusalOfMissing(key) },
    send: () => kms.send(new Kms.GetKeyRotationStatusCommand({ KeyId: key.keyId })),
    done({ KeyRotationEnabled }) {
      const states = [KeyRotationEnabled === true ? 'on' : absent];
      return [entry('rotation', key.keyId, '', { kind: 'among', states })];
    },
  });
}

export async function rotateNow({ session, kms }: KeyClient, key: KnownKey): Promise<void> {
  const { sure, perhaps } = key.rotations;
  key.rotations = { sure, perhaps: perhaps + 1 };
  const settle = (more: number) => {
    key.rotations = { sure: key.rotations.sure + more, perhaps: key.rotations.perhaps - 1 };
  };
  const output = await call(session, {
    ...{ name: `RotateKeyOnDemand ${key.keyId}`, kind: 'write' },
    send: () => kms.send(new Kms.RotateKeyOnDemandCommand({ KeyId: key.keyId })),
    done: () => [keyIs(key, 'Enabled')],
    refused: { ...refusalsOfUse(key), LimitExceededException: [] },
  });
  settle(output === undefined ? 0 : 1);
}

/** At a quiet moment: every rotation that was answered is there, and none that nobody asked for. */
export async function countRotations({ session, kms }: KeyClient, key: KnownKey): Promise<void> {
  const { sure, perhaps } = key.rotations;
  await call(session, {
    ...{
      name: 'ListKeyRotations',
      kind: 'read',
      refused: refusalsOfUse(key),
    },
    send: () => kms.send(new Kms.ListKeyRotationsCommand({ KeyId: key.keyId, Limit: 100 })),
    done({ Rotations = [] }) {
      const count = Rotations.filter(({ RotationType }) => RotationType === 'ON_DEMAND').length;
      if (count < sure || count > sure + perhaps) {
        throw new Violation(`${key.arn} was rotated ${sure} to ${sure + perhaps} times, and shows ${count}`);
      }
      key.rotations = { sure: count, perhaps: 0 };
      return [];
    },
  });
}

export function pickKey({ session, random }: { session: KeySession } & Pick<KeyClient, 'random'>) {
  const living = session.world.livingKeys();
  return living.length === 0 ? undefined : random.pick(living);
}
