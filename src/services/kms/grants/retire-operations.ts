// RetireGrant and RevokeGrant: a grant is given back by whom it names, or taken back by whoever may.

import type * as Kms from '@aws-sdk/client-kms';
import { type Caller, registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import type { Need } from '#core/need.ts';
import type { InputOf } from '#wire/sdk.ts';
import { forAwsResource } from '../keys/key-need.ts';
import { endDryRun, onKey } from '../keys/key-operation.ts';
import { findTarget, type Target } from '../keys/key-reference.ts';
import type { KmsRooms } from '../rooms.ts';
import { type Grant, requireGrantId } from './grant.ts';
import { granteeNames } from './grant-principals.ts';
import { readGrantToken } from './grant-tokens.ts';
import { unknownGrant } from './grants.ts';
import { bitOf } from './rights.ts';

type RetireInput = InputOf<typeof Kms, 'RetireGrant'>;

interface Named {
  readonly keyId: string;
  readonly grantId: string;
}

/** Throws validation-failed unless a grant is named in one of the two ways; also what reading a token throws. */
function named({ GrantToken, KeyId, GrantId }: RetireInput, rooms: KmsRooms): Named {
  if (GrantToken !== undefined && KeyId === undefined && GrantId === undefined) {
    const { keyArn, grantId } = readGrantToken(rooms, GrantToken);
    return { keyId: keyArn, grantId };
  }
  if (GrantToken === undefined && KeyId !== undefined && GrantId !== undefined) {
    requireGrantId(GrantId);
    return { keyId: KeyId, grantId: GrantId };
  }
  throw new DomainError('validation-failed', 'Specify either a grant token, or a key ARN and a grant ID.', {});
}

async function grantOn({ key }: Target, grantId: string, { grants }: KmsRooms): Promise<Grant | undefined> {
  const grant = await grants.find(grantId);
  return grant !== undefined && grant.keyId === key?.keyId && grant.region === key.region ? grant : undefined;
}

/**
 * What the grant itself says: its retiring principal may, and its grantee if RetireGrant is among its operations. To
 * the key's account, and to an account that is the retiring principal, it leaves who of it may.
 */
function entitled(grant: Grant | undefined, { key }: Target, { principal }: Caller): Need['granted'] {
  const { own, account } = granteeNames(principal);
  const mayRetire = ((grant?.operations ?? 0) & bitOf('RetireGrant')) !== 0;
  const named = [grant?.retiring, mayRetire ? grant?.grantee : undefined].filter((name) => name !== undefined);
  if (named.some((name) => own.includes(name))) return true;
  const isOfAccount = account !== undefined && named.includes(account);
  return isOfAccount || principal.accountId === key?.accountId ? 'account' : undefined;
}

const retireGrant = onKey('RetireGrant', {
  kind: 'write',
  acrossAccounts: true,
  errors: [
    'kms-grant-id-invalid',
    'kms-grant-token-invalid',
    'kms-key-state-invalid',
    'kms-dry-run',
    'validation-failed',
  ],
  find: (input, caller, rooms) =>
    findTarget(rooms.records, named(input, rooms).keyId, { registry: registryOf(caller), takesAliases: false }),
  async granted(input, target, caller, rooms) {
    return entitled(await grantOn(target, named(input, rooms).grantId, rooms), target, caller);
  },
  async handle(input, key, rooms, caller) {
    const { grantId } = named(input, rooms);
    const target = { arn: key.arn, key, alias: undefined };
    const grant = await grantOn(target, grantId, rooms);
    if (grant === undefined) throw unknownGrant(grantId);
    if (entitled(grant, target, caller) === undefined) throw notNamed(key.arn, caller);
    endDryRun(input);
    await rooms.grants.remove(grant);
    return {};
  },
});

/** A policy alone does not make anybody one who retires a grant. */
function notNamed(keyArn: string, { principal }: Caller): DomainError {
  const action = 'kms:RetireGrant';
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${keyArn}`;
  const why = 'because the grant does not name this principal';
  return new DomainError('access-denied', `${message} ${why}`, { action, resource: keyArn });
}

const revokeGrant = onKey('RevokeGrant', {
  kind: 'write',
  acrossAccounts: true,
  errors: ['kms-grant-id-invalid', 'kms-key-state-invalid', 'kms-dry-run'],
  context: (_input, caller) => forAwsResource(caller),
  async handle(input, key, rooms) {
    const { GrantId: grantId } = input;
    requireGrantId(grantId);
    const grant = await grantOn({ arn: key.arn, key, alias: undefined }, grantId, rooms);
    if (grant === undefined) throw unknownGrant(grantId);
    endDryRun(input);
    await rooms.grants.remove(grant);
    return {};
  },
});

export const retireOperations = { RetireGrant: retireGrant, RevokeGrant: revokeGrant };
