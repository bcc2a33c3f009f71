// What the registry does with keys: as ECR's service principal, or for a caller with the caller's rights.

import { parseRegion, type RegistryRef } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyUse, KeyUses } from '#core/ports/key-uses.ts';
import type { Random } from '#core/random.ts';
import { goOn } from '#std/go-on.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { withGrants } from '../grants/granted-needs.ts';
import { encryptionContextKeys, keyNeed } from '../keys/key-need.ts';
import { findTarget, requireKey } from '../keys/key-reference.ts';
import { requireState } from '../keys/key-states.ts';
import type { KmsRooms } from '../rooms.ts';
import type { InnerCalls } from './inner-calls.ts';

export interface KeyUsesOptions {
  readonly database: Database;
  readonly rooms: KmsRooms;
  readonly calls: InnerCalls;
  readonly clock: Clock;
  readonly random: Random;
  /** Calls back with every change of keys, policies or grants by this process. */
  readonly onChange: (listener: () => void) => void;
}

type Checked = Parameters<KeyUses['check']>[1];

const invokedBy = 'ecr.amazonaws.com';
const checkedMax = 20_000;
/** What is decided by the clock, or by a file that is read anew, bites after this time at the latest. */
const checkedMs = 1000;

export function openKeyUses(options: KeyUsesOptions): KeyUses {
  const { database, calls, clock, onChange } = options;
  const allowed = new GuardedCache<{ readonly atMs: number }>(database, {
    entriesMax: checkedMax,
    follows: 'all but content',
  });
  onChange(() => allowed.clear());
  // The same object for the same use, so that what is known of it is found by identity.
  const names = new WeakMap<KeyUse, string>();
  const nameOf = (use: KeyUse): string => {
    const known = names.get(use);
    if (known !== undefined) return known;
    const name = JSON.stringify([use.keyArn, use.accountId, use.context]);
    names.set(use, name);
    return name;
  };
  return {
    async generateDataKey(use, object) {
      const input = { KeyId: use.keyArn, KeySpec: 'AES_256', EncryptionContext: use.context } as const;
      const made = await calls.call('GenerateDataKey', input, serviceCaller(options, use), noteOf(object));
      return { plaintext: bufferOf(made.Plaintext), ciphertext: bufferOf(made.CiphertextBlob) };
    },
    async decrypt(use, ciphertext, object) {
      const input = { KeyId: use.keyArn, CiphertextBlob: ciphertext, EncryptionContext: use.context };
      const opened = await calls.call('Decrypt', input, serviceCaller(options, use), noteOf(object));
      return bufferOf(opened.Plaintext);
    },
    check(use, operation) {
      const name = `${operation} ${nameOf(use)}`;
      const known = allowed.get(name);
      if (known !== undefined && clock.monotonicMs() - known.atMs < checkedMs) return undefined;
      if (known !== undefined) allowed.forget(name);
      const read = allowed.read(name, async () => {
        const atMs = clock.monotonicMs();
        await decide(options, use, operation, serviceCaller(options, use));
        return { atMs };
      });
      return read instanceof Promise ? read.then(() => undefined) : undefined;
    },
    checkCaller: (caller, use, operation) => decide(options, use, operation, passedOn(options, caller)),
    async describe(caller, keyId) {
      const { KeyMetadata } = await calls.call('DescribeKey', { KeyId: keyId }, passedOn(options, caller));
      const { Arn: keyArn = '', KeySpec: spec = '', KeyUsage: usage = '', Enabled = false } = KeyMetadata ?? {};
      return { keyArn, spec, usage, isEnabled: Enabled };
    },
    async createGrant(caller, { keyArn, operations, subset, name }) {
      const service = serviceOf(keyArn);
      const input = {
        ...{ KeyId: keyArn, GranteePrincipal: service, RetiringPrincipal: service },
        Operations: [...operations] as Parameters<typeof calls.call<'CreateGrant'>>[1]['Operations'],
        Constraints: { EncryptionContextSubset: subset },
        ...(name === undefined ? {} : { Name: name }),
      };
      return (await calls.call('CreateGrant', input, passedOn(options, caller))).GrantId ?? '';
    },
    async retireGrant(caller, keyArn, grantId) {
      await calls.call('RetireGrant', { KeyId: keyArn, GrantId: grantId }, passedOn(options, caller));
    },
    async retireOwnGrant(use, grantId) {
      await calls.call('RetireGrant', { KeyId: use.keyArn, GrantId: grantId }, serviceCaller(options, use));
    },
  };
}

function noteOf(object: string | undefined): { readonly object: string } | undefined {
  return object === undefined ? undefined : { object };
}

/** As the door decides: the key's state, then its policy, grants and guardrails. */
async function decide(options: KeyUsesOptions, use: KeyUse, operation: Checked, caller: Caller): Promise<void> {
  const { rooms, calls } = options;
  const target = await findTarget(rooms.records, use.keyArn, { registry: registryOf(use), takesAliases: false });
  const context = {
    ...encryptionContextKeys(use.context),
    ...(operation === 'Decrypt' ? { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' } : {}),
  };
  const needs = await withGrants(rooms.grants.granted, [keyNeed(operation, target, caller, context)], caller);
  await goOn(calls.require(caller, needs), () => undefined);
  requireState(operation, requireKey(target));
}

/** ECR itself, in the region of the key, for the account of the repository. */
function serviceCaller({ clock, random }: KeyUsesOptions, use: KeyUse): Caller {
  const registry = registryOf(use);
  const service = serviceOf(use.keyArn);
  const { accountId, region } = registry;
  return {
    principal: { kind: 'service', accountId, arn: service, principalId: invokedBy },
    ...{ accountId, region, accessKeyId: '', credential: 'sigv4', via: service },
    call: {
      requestId: random.uuid(),
      receivedAtMs: clock.nowMs(),
      ...{ sourceAddress: invokedBy, userAgent: invokedBy, host: '', secureTransport: true },
      ...{ registry, neutralHost: true },
    },
  };
}

/** A call of its own, with everything that decides of the one that led to it. */
function passedOn({ clock, random }: KeyUsesOptions, caller: Caller): Caller {
  const call = { ...caller.call, requestId: random.uuid(), receivedAtMs: clock.nowMs() };
  return { ...caller, via: `ecr.${caller.region}.amazonaws.com`, call };
}

function serviceOf(keyArn: string): string {
  return `ecr.${parseArn(keyArn)?.region ?? ''}.amazonaws.com`;
}

function registryOf({ keyArn, accountId }: KeyUse): RegistryRef {
  const region = parseRegion(parseArn(keyArn)?.region ?? '');
  if (region === undefined) throw new Error(`${keyArn} is in no region`);
  return { accountId, region };
}

function bufferOf(bytes: MaybePromise<Uint8Array> | undefined): Buffer {
  if (!(bytes instanceof Uint8Array)) throw new Error('KMS answered without bytes');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
