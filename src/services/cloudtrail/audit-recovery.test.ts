// A process that was killed between a write and its sync: what the next one goes on after must survive a power cut.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainStart, headAt } from '#audit/chain.ts';
import { sealBatch } from '#audit/testing/seal-batch.ts';
import { verifyAuditLog } from '#audit/verify.ts';
import { manualClock } from '#core/clock.ts';
import { seededChance } from '#std/testing/seeded-chance.ts';
import { VolatileDisk } from '#std/testing/volatile-disk.ts';
import { readAuditAnchor } from './audit-anchor.ts';
import type { AuditFileSystem } from './audit-file-system.ts';
import { type AuditFiles, openAuditFiles } from './audit-files.ts';
import { readAuditFiles } from './audit-folder.ts';
import { powerCutAuditDisk } from './testing/power-cut-audit-disk.ts';

const macKey = Buffer.alloc(32, 7);
const directory = '/data';
const never = Number.POSITIVE_INFINITY;

const fileSystemOf = (disk: VolatileDisk) => powerCutAuditDisk({ disk, chance: () => 0, endAtCall: never });

/** Every batch but the first goes into a file of its own. */
function open(fileSystem: AuditFileSystem): Promise<AuditFiles> {
  return openAuditFiles({ directory, clock: manualClock(0), headAt, fileSystem, fileBytesMax: 400 });
}

async function append(files: AuditFiles, id: string): Promise<void> {
  const { bytes, head } = sealBatch([`{"requestID":"${id}"}\n`], files.head() ?? chainStart, macKey);
  await files.append(bytes, head);
}

/** In whatever way the power goes: the chain holds and has this many records. */
async function assertKept(disk: VolatileDisk, records: number): Promise<void> {
  for (let seed = 0; seed < 60; seed += 1) {
    const fileSystem = fileSystemOf(disk.afterPowerCut(seededChance(seed)));
    const anchor = await readAuditAnchor(directory, fileSystem);
    const report = await verifyAuditLog(readAuditFiles(directory, fileSystem), macKey, anchor);
    assert.deepEqual([report.problems, report.records], [[], records], `seed ${seed}`);
  }
}

/** Fails once armed, as a disk would, or as the end of the process does for whoever waits. */
function fuse(): { blow(): void; armed: boolean } {
  return {
    armed: false,
    blow() {
      if (this.armed) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    },
  };
}

function fused(end: ReturnType<typeof fuse>, sync: AuditFileSystem['syncFolder']): AuditFileSystem['syncFolder'] {
  return async (path) => {
    end.blow();
    await sync(path);
  };
}

test('a whole batch that was never synced is, before another file follows it', async () => {
  const disk = new VolatileDisk();
  const end = fuse();
  const real = fileSystemOf(disk);
  const fileSystem: AuditFileSystem = {
    ...real,
    async open(...wanted) {
      const handle = await real.open(...wanted);
      const datasync = async () => {
        end.blow();
        await handle.datasync();
      };
      return { ...handle, datasync };
    },
  };
  const killed = await open(fileSystem);
  await append(killed, 'a');
  end.armed = true;
  await assert.rejects(append(killed, 'b'));
  const next = await open(real);
  await append(next, 'c');
  await assertKept(disk, 3);
});

test('a new file whose name was never synced is given it, before anything is appended to it', async () => {
  const disk = new VolatileDisk();
  const end = fuse();
  const real = fileSystemOf(disk);
  const killed = await open({ ...real, syncFolder: fused(end, real.syncFolder) });
  await append(killed, 'a');
  end.armed = true;
  await assert.rejects(append(killed, 'b'));
  const next = await open(real);
  await append(next, 'b');
  await assertKept(disk, 2);
});

test('a new file that could not be begun is begun again, by the same process', async () => {
  const disk = new VolatileDisk();
  const fault = fuse();
  const real = fileSystemOf(disk);
  const files = await open({ ...real, syncFolder: fused(fault, real.syncFolder) });
  await append(files, 'a');
  fault.armed = true;
  for (let count = 0; count < 3; count += 1) await assert.rejects(append(files, 'b'), { code: 'EIO' });
  fault.armed = false;
  await append(files, 'b');
  await append(files, 'c');
  await assertKept(disk, 3);
});
