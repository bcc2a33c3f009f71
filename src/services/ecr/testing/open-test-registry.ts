// For tests: the real registry over SQLite and blobs in memory.

import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import { systemRandom } from '#core/random.ts';
import { openRegistry, registryMigrations } from '#registry/open-registry.ts';
import type { Registry } from '#registry/registry.ts';
import { testRepositoryKeys } from '#registry/testing/test-repository-keys.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { holdRootKeys } from '#services/kms/root/root-keys.ts';
import { kmsMigrations } from '#services/kms/tables.ts';
import { memoryBlobStore } from '#stores/blobs/memory/memory-store.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';

/** An empty registry that is forgotten with the process. */
export async function openTestRegistry(clock: Clock): Promise<Registry> {
  const database = await openSqlite({ file: ':memory:', migrations: [...kmsMigrations, ...registryMigrations] });
  const rootKey = { id: '0'.repeat(16), bytes: Buffer.alloc(32, 1) };
  const keyRing = openKeyRing({ database, roots: holdRootKeys(rootKey), clock, random: systemRandom });
  const { uploadIdleMs, collectionGraceMs } = limits;
  const settings = { uploadIdleMs, collectionGraceMs, collectionIntervalMs: collectionGraceMs };
  const blobs = memoryBlobStore(clock);
  const stores = { database, blobs, keyRing, repositoryKeys: testRepositoryKeys() };
  return openRegistry({ ...stores, clock, random: systemRandom, settings }).registry;
}
