// Grants: made, listed and taken back, each change in one transaction that the next request knows of.

import { createHash } from 'node:crypto';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { KmsKey } from '../keys/key.ts';
import { requireState } from '../keys/key-states.ts';
import { requireRow } from '../keys/require-row.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables } from '../store/tables.ts';
import { anchorOf } from './context-constraint.ts';
import { type Grant, grantOf } from './grant.ts';
import { type Granted, openGranted } from './granted.ts';
import * as rows from './tables.ts';

export type NewGrant = Omit<Grant, 'grantId' | 'keyId' | 'region' | 'createdAtMs'>;

export interface Grants {
  readonly granted: Granted;
  /**
   * Its id; for a name with the very same parameters that of the grant that is there. Throws kms-limit-exceeded; also
   * what `requireState` does.
   */
  create(key: KmsKey, grant: NewGrant): Promise<string>;
  find(grantId: string): Promise<Grant | undefined>;
  /** Of a key, in the order of their ids, after one of them. */
  list(key: KmsKey, grantee: string | undefined, after: string, limit: number): Promise<readonly Grant[]>;
  listRetirable(region: string, retiring: string, after: string, limit: number): Promise<readonly Grant[]>;
  /** Throws kms-key-not-found for one that is gone. */
  remove(grant: Pick<Grant, 'grantId' | 'keyId' | 'region'>): Promise<void>;
}

const grantIdBytes = 32;

export function openGrants(store: KmsStore): Grants {
  const tables = store.database.tables<KmsTables>();
  const granted = openGranted(store);
  return {
    granted,
    create: (key, grant) =>
      store.changeGrants(async (transaction) => {
        const { state } = await requireRow(transaction, key);
        requireState('CreateGrant', { arn: key.arn, state: state as KmsKey['state'] });
        const row = rowOf(store, key, grant);
        const same = row.fingerprint === null ? undefined : await rows.findSameGrant(transaction, row, row.fingerprint);
        if (same !== undefined) return same.grant_id;
        if ((await rows.countGrants(transaction, row)) >= limits.keyGrantsMax) {
          const message = `The key ${key.arn} has ${limits.keyGrantsMax} grants, which is the most that it can have.`;
          throw new DomainError('kms-limit-exceeded', message, {});
        }
        await rows.insertGrantRow(transaction, row);
        return row.grant_id;
      }),
    async find(grantId) {
      const row = await rows.findGrantRow(tables, grantId);
      return row && grantOf(row);
    },
    list: async (key, grantee, after, limit) =>
      (await rows.listGrantRows(tables, refOf(key), grantee, after, limit)).map(grantOf),
    listRetirable: async (region, retiring, after, limit) =>
      (await rows.listRetirableRows(tables, region, retiring, after, limit)).map(grantOf),
    remove: ({ grantId, keyId, region }) =>
      store.changeGrants(async (transaction) => {
        const isGone = await rows.deleteGrantRow(transaction, { grant_id: grantId, key_id: keyId, region });
        if (!isGone) throw unknownGrant(grantId);
      }),
  };
}

export function unknownGrant(grantId: string): DomainError<'kms-key-not-found'> {
  return new DomainError('kms-key-not-found', `Grant ID ${grantId} not found`, {});
}

function rowOf({ random, clock }: KmsStore, key: KmsKey, grant: NewGrant): rows.GrantRow {
  const { grantee, retiring, issuingAccount, name, operations, constraint } = grant;
  return {
    grant_id: random.bytes(grantIdBytes).toString('hex'),
    ...refOf(key),
    grantee,
    retiring: retiring ?? null,
    issuing_account: issuingAccount,
    grant_name: name ?? null,
    operations,
    constraint_type: constraint?.type ?? null,
    constraint_context: constraint === undefined ? null : JSON.stringify(constraint.context),
    anchor: anchorOf(constraint),
    fingerprint: name === undefined ? null : fingerprintOf(grant),
    created_at_ms: clock.nowMs(),
  };
}

/** Of everything that was asked for; the order of a context's pairs says nothing. */
function fingerprintOf({ name, grantee, retiring, issuingAccount, operations, constraint }: NewGrant): string {
  const pairs = Object.entries(constraint?.context ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  const all = [name, grantee, retiring ?? null, issuingAccount, operations, constraint?.type ?? null, pairs];
  return createHash('sha256').update(JSON.stringify(all)).digest('base64url');
}

function refOf({ keyId: key_id, region }: KmsKey): rows.KeyRef {
  return { key_id, region };
}
