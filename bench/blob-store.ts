// `node bench/blob-store.ts [--mib 1024] [--rounds 3] [--directory DIR]`: CPU of the encrypted file store, in and out.
// Bytes come in as a socket gives them, 64 KiB at a time; SHA-256 is measured beside, as an upload pays for it too.

import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/core/clock.ts';
import { systemRandom } from '../src/core/random.ts';
import type { BlobStore } from '../src/stores/blobs/blob-store.ts';
import { encryptedBlobStore } from '../src/stores/blobs/encrypted/encrypted-store.ts';
import { openFileBlobStore } from '../src/stores/blobs/file/file-store.ts';
import { memoryKeyRing } from '../src/stores/blobs/testing/memory-key-ring.ts';
import { leaveNothingBehind, makeBenchFolder } from './ending.ts';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
    small: { type: 'string', default: '1000' },
    directory: { type: 'string', default: tmpdir() },
  },
});
const mebibyte = 1024 * 1024;
const totalBytes = Number(values.mib) * mebibyte;
const smallBlobs = Number(values.small);
const chunk = systemRandom.bytes(64 * 1024);
const domain = 'benchbenchbench2';

leaveNothingBehind();
const folder = makeBenchFolder('sallyport-bench-', values.directory);
try {
  const files = await openFileBlobStore({ directory: folder.path, random: systemRandom });
  const keyRing = memoryKeyRing(systemRandom);
  const stores = {
    file: files,
    'encrypted + file': encryptedBlobStore({ store: files, keyRing, random: systemRandom }),
  };
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    console.log(`round ${round}`);
    await measure(`SHA-256 of ${values.mib} MiB`, hashAll);
    for (const [name, store] of Object.entries(stores)) await measureStore(name, store);
  }
} finally {
  await folder.remove();
}

async function measureStore(name: string, store: BlobStore): Promise<void> {
  const key = `${domain}/large`;
  await measure(`${name}: ${values.mib} MiB in`, () => writeBlob(store, key, totalBytes));
  await measure(`${name}: ${values.mib} MiB out`, () => readBlob(store, key));
  await store.remove(key);
  const smallKeys = Array.from({ length: smallBlobs }, (_, index) => `${domain}/small-${index}`);
  await measure(`${name}: ${smallBlobs} blobs of 4 KiB in`, async () => {
    for (const one of smallKeys) await writeBlob(store, one, 4096);
  });
  await measure(`${name}: ${smallBlobs} blobs of 4 KiB out`, async () => {
    for (const one of smallKeys) await readBlob(store, one);
  });
  for (const one of smallKeys) await store.remove(one);
}

async function hashAll(): Promise<void> {
  const hash = createHash('sha256');
  for (let done = 0; done < totalBytes; done += chunk.length) hash.update(chunk);
  hash.digest();
}

async function writeBlob(store: BlobStore, key: string, sizeBytes: number): Promise<void> {
  const writer = await store.write(key);
  for (let done = 0; done < sizeBytes; done += chunk.length) {
    await writer.append(chunk.subarray(0, Math.min(chunk.length, sizeBytes - done)));
  }
  await writer.commit();
}

async function readBlob(store: BlobStore, key: string): Promise<void> {
  for await (const piece of store.read(key)) if (piece.length === 0) throw new Error('an empty piece');
}

async function measure(name: string, work: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const startMs = systemClock.monotonicMs();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const wallMs = systemClock.monotonicMs() - startMs;
  const seconds = (microseconds: number) => (microseconds / 1e6).toFixed(2);
  const shown = `${seconds(user + system)} s CPU (${seconds(user)} user, ${seconds(system)} system)`;
  console.log(`  ${name.padEnd(44)} ${shown}, ${(wallMs / 1000).toFixed(2)} s wall`);
}
