// What hangs on keys: aliases, grants, and material that is brought in and taken away.

import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import * as Kms from '@aws-sdk/client-kms';
import { absent } from '../checking/register.ts';
import { Violation } from '../checking/registers.ts';
import { call, entry, type KeyClient, keyIs, keyIsNot, refusalOfMissing, refusalsOfUse } from './calls.ts';
import { statesShown } from './key-actions.ts';
import { any, type KeyOperation, pending, pendingWithout } from './key-register.ts';
import type { KnownGrant, KnownKey } from './key-world.ts';

type Answer = 'done' | 'refused' | undefined;

const aliasEntry = (name: string, operation: KeyOperation) => entry('alias', name, '', operation);

function aliasMove(name: string, moves: Readonly<Record<string, string>>, answer: Answer) {
  return [aliasEntry(name, { kind: 'move', moves, answer })];
}

export async function createAlias({ session, kms }: KeyClient, AliasName: string, key: KnownKey): Promise<void> {
  const moves = { [absent]: key.keyId };
  await call(session, {
    ...{ name: `CreateAlias ${AliasName}`, kind: 'write', unanswered: aliasMove(AliasName, moves, undefined) },
    send: () => kms.send(new Kms.CreateAliasCommand({ AliasName, TargetKeyId: key.keyId })),
    done: () => [...aliasMove(AliasName, moves, 'done'), keyIsNot(key, absent, pending, pendingWithout)],
    refused: {
      AlreadyExistsException: aliasMove(AliasName, moves, 'refused'),
      KMSInvalidStateException: [keyIs(key, pending, pendingWithout)],
      ...refusalOfMissing(key),
    },
  });
}

/** That something was not found may be the alias or the key: then it says nothing. */
export async function moveAlias({ session, kms }: KeyClient, AliasName: string, key: KnownKey): Promise<void> {
  const moves = { [any]: key.keyId };
  await call(session, {
    ...{ name: `UpdateAlias ${AliasName}`, kind: 'write', unanswered: aliasMove(AliasName, moves, undefined) },
    send: () => kms.send(new Kms.UpdateAliasCommand({ AliasName, TargetKeyId: key.keyId })),
    done: () => [...aliasMove(AliasName, moves, 'done'), keyIsNot(key, absent, pending, pendingWithout)],
    refused: { KMSInvalidStateException: [keyIs(key, pending, pendingWithout)], NotFoundException: [] },
  });
}

export async function deleteAlias({ session, kms }: KeyClient, AliasName: string): Promise<void> {
  const moves = { [any]: absent };
  await call(session, {
    ...{ name: `DeleteAlias ${AliasName}`, kind: 'write', unanswered: aliasMove(AliasName, moves, undefined) },
    send: () => kms.send(new Kms.DeleteAliasCommand({ AliasName })),
    done: () => aliasMove(AliasName, moves, 'done'),
    refused: { NotFoundException: aliasMove(AliasName, moves, 'refused') },
  });
}

/** An alias names a key that is there, or nothing. */
export async function readAlias({ session, kms }: KeyClient, AliasName: string): Promise<void> {
  const names = (state: string) => aliasEntry(AliasName, { kind: 'among', states: [state] });
  await call(session, {
    ...{ name: `DescribeKey ${AliasName}`, kind: 'read', refused: { NotFoundException: [names(absent)] } },
    send: () => kms.send(new Kms.DescribeKeyCommand({ KeyId: AliasName })),
    done({ KeyMetadata }) {
      const keyId = KeyMetadata?.KeyId ?? '';
      return [names(keyId), keyIs({ keyId }, ...statesShown(session.world, KeyMetadata))];
    },
  });
}

const grantEntry = (key: KnownKey, name: string, operation: KeyOperation) => entry('grant', key.keyId, name, operation);

const there = 'there';

export async function createGrant({ session, kms, random }: KeyClient, key: KnownKey): Promise<void> {
  const Name = `grant${session.world.nextNumber()}`;
  const [, , , , accountId = ''] = key.arn.split(':');
  const GranteePrincipal = `arn:aws:iam::${accountId}:root`;
  const all = ['Decrypt', 'Encrypt', 'DescribeKey'] as const;
  const Operations = all.slice(0, random.between(1, all.length));
  const made = (answer: Answer) => [grantEntry(key, Name, { kind: 'move', moves: { [absent]: there }, answer })];
  key.grantsAsked.set(Name, Operations);
  await call(session, {
    ...{ name: `CreateGrant ${Name}`, kind: 'write', unanswered: made(undefined), refused: refusalsOfUse(key) },
    send: () => kms.send(new Kms.CreateGrantCommand({ KeyId: key.keyId, GranteePrincipal, Operations, Name })),
    done({ GrantId: grantId = '' }) {
      key.grants.push({ name: Name, grantId, operations: Operations });
      return [...made('done'), keyIs(key, 'Enabled')];
    },
  });
}

/** A grant that is not there may have gone with its key. */
export async function revokeGrant({ session, kms }: KeyClient, key: KnownKey, grant: KnownGrant): Promise<void> {
  const moves = { [there]: absent };
  const gone = (answer: Answer) => [grantEntry(key, grant.name, { kind: 'move', moves, answer })];
  await call(session, {
    ...{ name: `RevokeGrant ${grant.name}`, kind: 'write', unanswered: gone(undefined) },
    send: () => kms.send(new Kms.RevokeGrantCommand({ KeyId: key.keyId, GrantId: grant.grantId })),
    done: () => gone('done'),
    refused: { NotFoundException: gone('refused') },
  });
}

/** Every grant is whole: with the operations that were asked for, and asked for by somebody. */
export async function listGrants({ session, kms }: KeyClient, key: KnownKey): Promise<void> {
  // Grants that are made while the list is read may be in it or not: only those known before have to be.
  const known = new Set(key.grants.map(({ name }) => name));
  await call(session, {
    ...{ name: 'ListGrants', kind: 'read', refused: refusalOfMissing(key) },
    send: () => kms.send(new Kms.ListGrantsCommand({ KeyId: key.keyId, Limit: 100 })),
    done({ Grants = [], Truncated }) {
      const shown = Grants.filter(({ Name }) => Name !== undefined);
      for (const { Name = '', Operations = [] } of shown) {
        const asked = key.grantsAsked.get(Name);
        const isWhole = asked?.length === Operations.length && asked.every((one) => Operations.some((o) => o === one));
        if (!isWhole)
          throw new Violation(`${key.arn} has a grant ${Name} of ${Operations.join()}, not of ${asked?.join()}`);
      }
      const names = new Set(shown.map(({ Name = '' }) => Name));
      const missing = Truncated === true ? [] : [...known].filter((name) => !names.has(name));
      const read = (name: string, state: string) => grantEntry(key, name, { kind: 'among', states: [state] });
      const entries = [...names].map((name) => read(name, there));
      return [...entries, ...missing.map((name) => read(name, absent)), keyIsNot(key, absent)];
    },
  });
  key.grants.splice(0, key.grants.length - grantsMax);
}

/** So many grants of a key are looked at; those before stay as they are. */
const grantsMax = 40;

/**
 * The key's own material, which is always the same: the first time and after it was taken away. Of two first times at
 * once one is refused; `isAlone` says that there is no other.
 */
export async function bringIn({ session, kms }: KeyClient, key: KnownKey, isAlone = false): Promise<void> {
  const { material, keyId: KeyId } = key;
  if (material === undefined) return;
  const how = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
  const refusals = {
    KMSInvalidStateException: [keyIs(key, pending, pendingWithout)],
    ...refusalOfMissing(key),
  };
  const parameters = await call(session, {
    ...{ name: 'GetParametersForImport', kind: 'read', refused: refusals },
    send: () => kms.send(new Kms.GetParametersForImportCommand({ KeyId, ...how })),
    done: () => [keyIsNot(key, absent, pending, pendingWithout)],
  });
  if (parameters === undefined) return;
  const { PublicKey = new Uint8Array(), ImportToken } = parameters;
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  const oaep = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const EncryptedKeyMaterial = publicEncrypt(oaep, material);
  const moves = { PendingImport: 'Enabled', Enabled: 'Enabled', Disabled: 'Disabled' };
  const moved = (answer: Answer) => [entry('key', KeyId, '', { kind: 'move', moves, answer })];
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const;
  const input = { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel };
  await call(session, {
    ...{ name: `ImportKeyMaterial ${KeyId}`, kind: 'write', unanswered: moved(undefined) },
    send: () => kms.send(new Kms.ImportKeyMaterialCommand(input)),
    done: () => moved('done'),
    refused: {
      KMSInvalidStateException: moved('refused'),
      ...refusalOfMissing(key),
      ...(isAlone ? {} : { IncorrectKeyMaterialException: [] }),
    },
  });
}

export async function takeAway({ session, kms }: KeyClient, key: KnownKey): Promise<void> {
  const { keyId: KeyId } = key;
  if (key.material === undefined) return;
  const moves = { Enabled: 'PendingImport', Disabled: 'PendingImport', PendingImport: 'PendingImport' };
  const moved = (answer: Answer) => [entry('key', KeyId, '', { kind: 'move', moves, answer })];
  await call(session, {
    ...{ name: `DeleteImportedKeyMaterial ${KeyId}`, kind: 'write', unanswered: moved(undefined) },
    send: () => kms.send(new Kms.DeleteImportedKeyMaterialCommand({ KeyId })),
    done: () => moved('done'),
    refused: { KMSInvalidStateException: moved('refused'), ...refusalOfMissing(key) },
  });
}
