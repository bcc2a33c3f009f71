// What a key grants to a caller: one indexed query, kept in memory until anybody changes anything.

import { parseArn } from '#core/arn.ts';
import type { Principal } from '#core/caller.ts';
import type { Need } from '#core/need.ts';
import type { MaybePromise } from '#core/operation.ts';
import { goOn } from '#std/go-on.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import type { EncryptionContext } from '../cryptography/encryption-context.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables } from '../store/tables.ts';
import { anchorsFor, type ContextConstraint, isMet, isNoWeaker } from './context-constraint.ts';
import { constraintOf } from './grant.ts';
import { granteeNames } from './grant-principals.ts';
import { bitOf, takesContext } from './rights.ts';
import { hasGrant, type KeyRef, listRights, listUsable } from './tables.ts';

export interface WantedUse {
  /** As a grant names it. */
  readonly operation: string;
  readonly context: EncryptionContext;
}

/** What somebody would grant who may do so by a grant only. */
export interface WantedChild {
  readonly operations: number;
  readonly constraint: ContextConstraint | undefined;
}

export interface Granted {
  /** Whether the key of an ARN grants a use to the principal, or to its account. */
  use(principal: Principal, keyArn: string, use: WantedUse): MaybePromise<Need['granted']>;
  /** The same for making a grant: what is granted so must allow nothing that its maker was not granted. */
  create(principal: Principal, keyArn: string, child: WantedChild): MaybePromise<Need['granted']>;
}

interface Right {
  readonly grantee: string;
  readonly operations: number;
  readonly constraint: ContextConstraint | undefined;
}

const cachedMax = 50_000;
const rightsMax = 200_000;

/** What the rows say, kept in memory. */
function openRights(store: KmsStore) {
  const tables = store.database.tables<KmsTables>();
  const size = { sumMax: rightsMax, sizeOf: (rights: readonly Right[]) => 1 + rights.length };
  const cache = new GuardedCache<readonly Right[]>(store.database, {
    entriesMax: cachedMax,
    follows: 'all but content',
    size,
  });
  const grantees = new GuardedCache<{ readonly isOne: boolean }>(store.database, {
    entriesMax: cachedMax,
    follows: 'all but content',
  });
  store.onAnyChange(() => {
    cache.clear();
    grantees.clear();
  });

  /** Whether the key grants anything to any of the names: to most it does not, and then no context is looked at. */
  const isGrantee = ({ region, key_id }: KeyRef, names: readonly string[]) =>
    grantees.read(`${region} ${key_id} ${names.join(' ')}`, async () => ({
      isOne: await hasGrant(tables, { region, key_id }, names),
    }));

  /** What the key grants under any of the names, as far as a context with these anchors can meet it. */
  const rightsFor = (key: KeyRef, names: readonly string[], anchors: readonly string[] | 'any' | 'unread') =>
    cache.read(JSON.stringify([key.region, key.key_id, names, anchors]), async (): Promise<readonly Right[]> => {
      if (anchors === 'unread') {
        return (await listRights(tables, key, names)).map((row) => ({ ...row, constraint: undefined }));
      }
      const rows = await listUsable(tables, key, names, anchors === 'any' ? undefined : anchors);
      return rows.map((row) => ({
        grantee: row.grantee,
        operations: row.operations,
        constraint: constraintOf(row),
      }));
    });
  return { isGrantee, rightsFor };
}

export function openGranted(store: KmsStore): Granted {
  const { isGrantee, rightsFor } = openRights(store);
  const decide = (
    principal: Principal,
    keyArn: string,
    anchorsOf: () => readonly string[] | 'any' | 'unread',
    allows: (right: Right) => boolean,
  ): MaybePromise<Need['granted']> => {
    const key = keyRefOf(keyArn);
    const { own, account } = granteeNames(principal);
    const names = account === undefined ? own : [...own, account];
    if (key === undefined || names.length === 0) return undefined;
    return goOn(isGrantee(key, names), ({ isOne }) => {
      if (!isOne) return undefined;
      return goOn(rightsFor(key, names, anchorsOf()), (rights): Need['granted'] => {
        const found = rights.filter(allows);
        if (found.some(({ grantee }) => own.includes(grantee))) return true;
        return found.length > 0 ? 'account' : undefined;
      });
    });
  };

  return {
    use(principal, keyArn, { operation, context }) {
      const bit = bitOf(operation);
      if (bit === 0) return undefined;
      if (!takesContext(operation)) {
        return decide(
          principal,
          keyArn,
          () => 'unread',
          ({ operations }) => (operations & bit) !== 0,
        );
      }
      return decide(
        principal,
        keyArn,
        () => anchorsFor(context),
        ({ operations, constraint }) => (operations & bit) !== 0 && isMet(constraint, context),
      );
    },
    create(principal, keyArn, child) {
      const wanted = child.operations | bitOf('CreateGrant');
      return decide(
        principal,
        keyArn,
        () => 'any',
        ({ operations, constraint }) => (operations & wanted) === wanted && isNoWeaker(child.constraint, constraint),
      );
    },
  };
}

function keyRefOf(keyArn: string): KeyRef | undefined {
  const { region, resource = '' } = parseArn(keyArn) ?? {};
  if (region === undefined || !resource.startsWith('key/')) return undefined;
  return { region, key_id: resource.slice('key/'.length) };
}
