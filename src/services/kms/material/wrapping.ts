// Key material under the root key, each row's bytes bound to all that identifies the row.

import type { Random } from '#core/random.ts';
import type { RootKeys } from '../root/root-keys.ts';
import type { WrappedRows } from '../root/wrapped-rows.ts';
import { openRootWrapping } from '../root/wrapping.ts';
import { listAllMaterial, type MaterialRow, type MaterialTables, replaceWrappedMaterial } from './tables.ts';

type Identity = Pick<MaterialRow, 'key_id' | 'region' | 'account_id' | 'material_id' | 'sequence'>;

export interface MaterialWrapping {
  wrap(identity: Identity, material: Uint8Array): Buffer;
  /** Throws a sentence for the operator when another root key wrapped it, and when the row was changed. */
  unwrap(row: Identity & Pick<MaterialRow, 'wrapped'>): Buffer;
}

const purpose = 'wrap-key-material';

export function openMaterialWrapping(roots: RootKeys, random: Random): MaterialWrapping {
  const wrapping = openRootWrapping(roots, purpose, random);
  return {
    wrap: (identity, material) => wrapping.wrap(contextOf(identity), material),
    unwrap(row) {
      try {
        return wrapping.unwrap(contextOf(row), row.wrapped);
      } catch (cause) {
        throw new Error(`${nameOf(row)} does not open: ${(cause as Error).message}`, { cause });
      }
    },
  };
}

/** For the rotation of the root key. */
export const keyMaterialRows: WrappedRows = {
  what: 'key material',
  purpose,
  async after(database, id, limit) {
    const [key_id = '', region = '', material_id = ''] = id.split(' ');
    const rows = await listAllMaterial(database.tables<MaterialTables>(), { key_id, region, material_id }, limit);
    return rows.map((row) => ({ id: idOf(row), context: contextOf(row), wrapped: row.wrapped }));
  },
  replace: (database, changes) =>
    database.transact<MaterialTables, void>(async (transaction) => {
      for (const { row, wrapped } of changes) {
        const [key_id = '', region = '', material_id = ''] = row.id.split(' ');
        await replaceWrappedMaterial(transaction, { key_id, region, material_id, wrapped: row.wrapped }, wrapped);
      }
    }),
};

function idOf({ key_id, region, material_id }: Identity): string {
  return `${key_id} ${region} ${material_id}`;
}

function nameOf({ key_id, material_id, account_id, region }: Identity): string {
  return `material ${material_id} of key ${key_id} (${account_id}/${region})`;
}

/** None of the parts holds a line feed, so no two rows give one context. */
function contextOf({ key_id, region, account_id, material_id, sequence }: Identity): string {
  return [key_id, region, account_id, material_id, sequence].join('\n');
}
