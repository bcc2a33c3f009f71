// What a repository holds under a key, for the list of what a deleted one had guarded: digests in order, in pages.

import type { Kysely } from 'kysely';
import type { Digest } from '#core/digest.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { ImageTables } from '../images/tables.ts';
import type { LayerTables } from '../layers/tables.ts';

export type ErasedContentTables = ImageTables & LayerTables;
type Tables = Kysely<ErasedContentTables>;

/** A repository's content under one slot. */
export interface SlotContent {
  readonly repositoryId: number;
  /** Only what is in this key domain: set while the repository is moved to another one. */
  readonly domain?: string;
  /** The domain of manifests whose row names none. */
  readonly unnamedDomain?: string;
}

export interface SlotOwnerName {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
}

/** Undefined when the repository is gone, or has nothing under the slot any more. */
export async function findSlotContent(
  tables: Tables,
  { accountId, region, name }: SlotOwnerName,
  slotId: string,
): Promise<SlotContent | undefined> {
  const row = await tables
    .selectFrom('repository')
    .select(['repository_id', 'key_domain', 'key_slot', 'other_domain', 'other_slot', 'unnamed_domain'])
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('name', '=', name)
    .executeTakeFirst();
  if (row === undefined || (row.key_slot !== slotId && row.other_slot !== slotId)) return undefined;
  const { repository_id: repositoryId, other_domain: otherDomain } = row;
  if (otherDomain === null) return { repositoryId };
  const domain = row.key_slot === slotId ? row.key_domain : otherDomain;
  return { repositoryId, domain, unnamedDomain: row.unnamed_domain ?? row.key_domain };
}

export async function listImageDigests(
  tables: Tables,
  { repositoryId, domain, unnamedDomain }: SlotContent,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  let query = tables
    .selectFrom('image')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('digest', '>', after as Digest);
  if (domain !== undefined) {
    const isUnnamedToo = domain === unnamedDomain;
    query = query.where(({ eb, or }) =>
      or([eb('key_domain', '=', domain), ...(isUnnamedToo ? [eb('key_domain', 'is', null)] : [])]),
    );
  }
  const rows = await query.orderBy('digest').limit(limit).execute();
  return rows.map(({ digest }) => digest);
}

export async function listLayerDigests(
  tables: Tables,
  { repositoryId, domain }: SlotContent,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  let query = tables
    .selectFrom('layer')
    .innerJoin('blob', 'blob.blob_id', 'layer.blob_id')
    .select('layer.digest')
    .where('repository_id', '=', repositoryId)
    .where('layer.digest', '>', after as Digest);
  if (domain !== undefined) query = query.where('blob.key_domain', '=', domain as KeyDomainId);
  const rows = await query.orderBy('layer.digest').limit(limit).execute();
  return rows.map(({ digest }) => digest);
}
