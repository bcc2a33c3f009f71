// The disk that loses what was not synced: it loses all of it sometimes, and never what was.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededChance } from './seeded-chance.ts';
import { VolatileDisk } from './volatile-disk.ts';

/** What is found after many power cuts at the same moment. */
function outcomes(disk: VolatileDisk, look: (after: VolatileDisk) => string): readonly string[] {
  const found = new Set<string>();
  for (let seed = 0; seed < 300; seed += 1) found.add(look(disk.afterPowerCut(seededChance(seed))));
  return [...found].sort();
}

const names = (disk: VolatileDisk) =>
  disk
    .list('/a')
    .map(({ name }) => name)
    .sort()
    .join();

function diskWith(folder: string): VolatileDisk {
  const disk = new VolatileDisk();
  disk.makeFolder(folder);
  disk.syncFolder('/');
  return disk;
}

test('names that are not synced may be lost, each by itself; synced ones are not', () => {
  const disk = diskWith('/a');
  disk.createFile('/a/1');
  disk.syncFolder('/a');
  disk.createFile('/a/2');
  disk.createFile('/a/3');
  assert.deepEqual(outcomes(disk, names), ['1', '1,2', '1,2,3', '1,3']);
  disk.syncFolder('/a');
  assert.deepEqual(outcomes(disk, names), ['1,2,3']);
  disk.unlink('/a/1');
  assert.deepEqual(outcomes(disk, names), ['1,2,3', '2,3']);
});

test('a folder goes with its own name, whatever was synced in it', () => {
  const disk = diskWith('/a');
  disk.makeFolder('/a/b');
  disk.createFile('/a/b/1').sync();
  disk.syncFolder('/a/b');
  assert.deepEqual(outcomes(disk, names), ['', 'b']);
});

test('bytes that are not synced may be lost sector by sector, and the length too', () => {
  const disk = diskWith('/a');
  const file = disk.createFile('/a/1');
  disk.syncFolder('/a');
  file.write(Buffer.alloc(1024, 'x'), 0);
  const look = (after: VolatileDisk) => {
    const { content } = after.file('/a/1');
    return `${content.length} ${[0, 512].map((at) => (content[at] ? 'x' : '-')).join('')}`;
  };
  assert.deepEqual(outcomes(disk, look), ['0 --', '1024 --', '1024 -x', '1024 x-', '1024 xx']);
  file.sync();
  assert.deepEqual(outcomes(disk, look), ['1024 xx']);
  file.truncate(512);
  assert.deepEqual(outcomes(disk, look), ['1024 x-', '1024 xx', '512 x-']);
});

test('a file with two names is one file after the cut', () => {
  const disk = diskWith('/a');
  const file = disk.createFile('/a/1');
  disk.link('/a/1', '/a/2');
  disk.syncFolder('/a');
  file.write(Buffer.alloc(2048, 'x'), 0);
  const same = (after: VolatileDisk) => String(after.file('/a/1') === after.file('/a/2'));
  assert.deepEqual(outcomes(disk, same), ['true']);
});
