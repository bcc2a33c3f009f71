// Replaces the root key under a site that runs: in small steps, each of which may be the last before a crash.

import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '#core/clock.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { crossBridge, writeBridge } from './bridge.ts';
import { syncFolders } from './private-files.ts';
import { lookAtRecord, type RootFiles, readRecord, removeLeftovers, replaceRecord } from './root-files.ts';
import { isSameKey, type RootKey } from './root-key.ts';
import { holdRootKeys, type RootKeys } from './root-keys.ts';
import type { RootRecord } from './root-record.ts';
import { readSiteKey, rewrapSiteKey, type SiteKey } from './site-key.ts';
import { changeStandingRoot, type RootKeyTables } from './tables.ts';
import { batchesOf, type WrappedRows } from './wrapped-rows.ts';
import { openRootWrapping, rootIdOf } from './wrapping.ts';

export interface RotationOptions {
  readonly files: RootFiles;
  readonly roots: RootKeys;
  readonly siteKey: SiteKey;
  readonly database: Database;
  readonly rows: readonly WrappedRows[];
  readonly clock: Clock;
  readonly random: Random;
  /** Gives every process of the site these keys, the first one current; resolves when all have them. */
  readonly share: (keys: readonly RootKey[]) => Promise<void>;
}

/** What was wrapped under the new root and opened again, by table. */
export type RotationReport = Readonly<Record<string, number>>;

/** Writes down what the next start needs to go on: from here on the rotation happens, whatever happens. */
export async function beginRotation(
  { files, roots, random }: Pick<RotationOptions, 'files' | 'roots' | 'random'>,
  next: RootKey,
  record: RootRecord,
): Promise<void> {
  const from = roots.current();
  if (next.id !== record.id) throw new Error('the record is that of another key');
  if (next.id === from.id) throw new Error(`The root key is ${from.id} already.`);
  await removeLeftovers(files);
  await replaceRecord(files.next, record, random);
  await writeBridge(files.bridge, from, next, random);
}

/** The key of a rotation that began and is not over; undefined when there is none. */
export async function pendingRoot(files: RootFiles, from: RootKey, random: Random): Promise<RootKey | undefined> {
  const next = await crossBridge(files.bridge, from, random);
  if (next === undefined) return undefined;
  const record = await lookAtRecord(files.next);
  if (record?.id === next.id) return next;
  throw new Error(`The root key is being replaced by ${next.id}, but ${files.next} is not that key: put it back.`);
}

/** From wherever it stopped to its end. Throws, with the old root key still in place, when a row does not open. */
export async function finishRotation(options: RotationOptions, next: RootKey): Promise<RotationReport> {
  const { files, roots, siteKey, database, rows, clock, random } = options;
  const site = { file: files.site, roots, random };
  const [...old] = roots.all().filter(({ id }) => id !== next.id);
  const both = [next, ...old];
  // Everybody can open what is under the new key before anything is.
  await options.share(both);
  roots.replace(both);
  await rewrapSiteKey(site, siteKey);
  await database.transact<RootKeyTables, void>((transaction) =>
    changeStandingRoot(transaction, next.id, clock.nowMs()),
  );
  for (const table of rows) await rewrap(options, table);
  const report = await verifyAll(options, next);
  await putInPlace(files, next.id);
  await options.share([next]);
  roots.replace([next]);
  await rewrapSiteKey(site, siteKey);
  await removeLeftovers(files);
  return report;
}

async function rewrap({ roots, database, random }: RotationOptions, table: WrappedRows): Promise<void> {
  const wrapping = openRootWrapping(roots, table.purpose, random);
  const { id } = roots.current();
  for await (const batch of batchesOf(table, database)) {
    const changes = batch
      .filter(({ wrapped }) => rootIdOf(wrapped) !== id)
      .map((row) => {
        const key = wrapping.unwrap(row.context, row.wrapped);
        const wrapped = wrapping.wrap(row.context, key);
        key.fill(0);
        return { row, wrapped };
      });
    if (changes.length > 0) await table.replace(database, changes);
  }
}

/** With nothing but the new key, as the next start will have it. */
async function verifyAll(options: RotationOptions, next: RootKey): Promise<RotationReport> {
  const { files, siteKey, database, random } = options;
  const alone = holdRootKeys(next);
  const site = await readSiteKey({ file: files.site, roots: alone, random });
  if (site === undefined || !isSameKey(site, siteKey)) throw new Error('the site key is not what it was');
  site.bytes.fill(0);
  const report: Record<string, number> = {};
  for (const table of options.rows) {
    const wrapping = openRootWrapping(alone, table.purpose, random);
    report[table.what] = 0;
    for await (const batch of batchesOf(table, database)) {
      for (const { context, wrapped } of batch) wrapping.unwrap(context, wrapped).fill(0);
      report[table.what] = (report[table.what] ?? 0) + batch.length;
    }
  }
  return report;
}

/** The new record takes the old one's name in one step; the old one's bytes are overwritten, where the disk lets us. */
async function putInPlace({ root, next }: RootFiles, id: string): Promise<void> {
  if ((await readRecord(root))?.id === id) return;
  const old = await open(root, 'r+');
  try {
    await rename(next, root);
    await syncFolders(dirname(root), dirname(root));
    const { size } = await old.stat();
    await old.write(Buffer.alloc(size), 0, size, 0);
    await old.sync();
  } finally {
    await old.close();
  }
}
