// The root key file: made once, whole, for its owner only, and refused in words when it is not what it was.

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { type Random, systemRandom } from '#core/random.ts';
import { fileProvider } from './providers/file.ts';
import { openRecord } from './root-files.ts';
import { deriveSecret, newRootKey, type RootKey } from './root-key.ts';

const random = systemRandom;
const goodText = `sallyport-root-key 1\nid ${'0a'.repeat(8)}\nkey ${'1f'.repeat(32)}\n`;

async function openRootKey(file: string, source: Random): Promise<RootKey> {
  return fileProvider.open(await openRecord(file, () => fileProvider.keep(newRootKey(source)), source));
}

async function newFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'root-key-'));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

test('the key is made with its folders, and is the same ever after', async (context) => {
  const folder = await newFolder(context);
  const file = join(folder, 'data/keys/root.key');
  const made = await openRootKey(file, random);
  assert.match(made.id, /^[0-9a-f]{16}$/);
  assert.equal(made.bytes.length, 32);
  assert.equal(await modeOf(file), 0o600);
  for (const each of ['data', 'data/keys']) assert.equal(await modeOf(join(folder, each)), 0o700, each);
  assert.deepEqual(await readdir(join(folder, 'data/keys')), ['root.key']);
  assert.deepEqual(await openRootKey(file, random), made);
  const text = await readFile(file, 'latin1');
  assert.equal(text, `sallyport-root-key 1\nid ${made.id}\nkey ${made.bytes.toString('hex')}\n`);
});

test('however many start at once, there is one key and nothing beside it', async (context) => {
  const folder = await newFolder(context);
  const file = join(folder, 'keys/root.key');
  const keys = await Promise.all(Array.from({ length: 12 }, () => openRootKey(file, random)));
  assert.equal(new Set(keys.map(({ id, bytes }) => `${id} ${bytes.toString('hex')}`)).size, 1);
  assert.deepEqual(await readdir(join(folder, 'keys')), ['root.key']);
  assert.deepEqual(await openRootKey(file, random), keys[0]);
});

test('whoever comes second takes the key of the first, even when it comes between look and link', async (context) => {
  const file = join(await newFolder(context), 'root.key');
  // The first key appears after the second process has looked and before it has one of its own.
  let first: Promise<RootKey> | undefined;
  const slow: Random = {
    ...random,
    uuid() {
      first ??= openRootKey(file, random);
      return random.uuid();
    },
  };
  const second = await openRootKey(file, slow);
  assert.deepEqual(second, await openRootKey(file, random));
  assert.deepEqual(await first, second);
});

test('a key that others may use is refused with what to do', async (context) => {
  const file = join(await newFolder(context), 'root.key');
  await openRootKey(file, random);
  for (const mode of [0o640, 0o604, 0o660, 0o601, 0o777]) {
    await chmod(file, mode);
    await assert.rejects(openRootKey(file, random), new RegExp(`has mode ${mode.toString(8)}.*chmod 600`));
  }
  await chmod(file, 0o400);
  await openRootKey(file, random);
});

test('a damaged key file is refused, never replaced', async (context) => {
  const file = join(await newFolder(context), 'root.key');
  const texts = [
    '',
    '\n',
    goodText.slice(0, -1),
    goodText.slice(1),
    `${goodText}\n`,
    `${goodText}${goodText}`,
    goodText.replace('key 1', 'key 2'),
    goodText.replaceAll('\n', '\r\n'),
    goodText.replace('id ', 'ID '),
    goodText.replace('0a', '0A'),
    goodText.replace('1f1f', '1f1g'),
    `\ufeff${goodText}`,
    'x'.repeat(1_000_000),
  ];
  for (const text of texts) {
    await writeFile(file, text, { mode: 0o600 });
    await assert.rejects(openRootKey(file, random), /is not one of ours/, JSON.stringify(text.slice(0, 200)));
    assert.equal(await readFile(file, 'utf8'), text);
  }
  await writeFile(file, goodText);
  assert.equal((await openRootKey(file, random)).bytes.toString('hex'), '1f'.repeat(32));
});

test('any text but a key file is refused', async (context) => {
  const file = join(await newFolder(context), 'root.key');
  await writeFile(file, goodText, { mode: 0o600 });
  const cuts = fc.tuple(fc.nat(goodText.length), fc.nat(5), fc.string({ maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(cuts, async ([at, count, inserted]) => {
      const text = goodText.slice(0, at) + inserted + goodText.slice(at + count);
      await writeFile(file, text);
      const isKey = /^sallyport-root-key 1\nid [0-9a-f]{16}\nkey [0-9a-f]{64}\n$/.test(text);
      if (isKey) await openRootKey(file, random);
      else await assert.rejects(openRootKey(file, random), /is not one of ours/);
    }),
    { numRuns: 100 },
  );
});

test('a path that cannot be a key file is refused with the fault', async (context) => {
  const folder = await newFolder(context);
  await mkdir(join(folder, 'a-folder'), { mode: 0o700 });
  await assert.rejects(openRootKey(join(folder, 'a-folder'), random), /can be neither read nor made: EISDIR/);
  await writeFile(join(folder, 'a-file'), '');
  const below = join(folder, 'a-file/root.key');
  await assert.rejects(openRootKey(below, random), /can be neither read nor made: ENOTDIR/);
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling'));
  await assert.rejects(openRootKey(join(folder, 'dangling'), random), /can be neither read nor made: EEXIST/);
  assert.deepEqual((await readdir(folder)).toSorted(), ['a-file', 'a-folder', 'dangling']);
});

test('derived secrets differ by purpose and by key, and stay the same', () => {
  const rootKey = { id: '0a'.repeat(8), bytes: Buffer.alloc(32, 0x1f) };
  const other = { ...rootKey, bytes: Buffer.alloc(32, 0x20) };
  const secret = deriveSecret(rootKey, 'tokens');
  assert.equal(secret.length, 32);
  assert.deepEqual(deriveSecret(rootKey, 'tokens'), secret);
  const all = [secret, deriveSecret(rootKey, 'token'), deriveSecret(rootKey, 'audit'), deriveSecret(other, 'tokens')];
  assert.equal(new Set([...all, rootKey.bytes].map((each) => each.toString('hex'))).size, 5);
});
