// The root key under a passphrase: back with the right one, refused with any other, and its record is read strictly.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom as random } from '#core/random.ts';
import { RootSealedError, WrongSecretError } from '../provider.ts';
import { newRootKey } from '../root-key.ts';
import { parseRecord, writeRecord } from '../root-record.ts';
import { passphraseProvider } from './passphrase.ts';

const provider = (passphrase: string | undefined) =>
  passphraseProvider({ passphrase: () => (passphrase === undefined ? undefined : Buffer.from(passphrase)), random });

test('the right passphrase opens it, from the text of its file; a wrong one and none do not', async () => {
  const key = newRootKey(random);
  const text = writeRecord(await provider('six words make a good one').keep(key));
  assert.equal(text.includes(key.bytes.toString('hex')), false);
  const record = parseRecord(text) ?? assert.fail();
  assert.deepEqual(await provider('six words make a good one').open(record), key);
  await assert.rejects(provider('six words make a good One').open(record), WrongSecretError);
  await assert.rejects(provider('').open(record), WrongSecretError);
  await assert.rejects(provider(undefined).open(record), (error) => {
    return (
      error instanceof RootSealedError && !(error instanceof WrongSecretError) && /sallyport unseal/.test(error.message)
    );
  });
  // The same passphrase makes another file each time.
  assert.notEqual(writeRecord(await provider('six words make a good one').keep(key)), text);
});

test('the passphrase is overwritten once it was used', async () => {
  const given = Buffer.from('six words make a good one');
  await passphraseProvider({ passphrase: () => given, random }).keep(newRootKey(random));
  assert.deepEqual(given, Buffer.alloc(given.length));
});

test('another key under the same passphrase, and a file that is not whole, do not open', async () => {
  const [one, two] = [newRootKey(random), newRootKey(random)];
  const record = await provider('the same passphrase').keep(one);
  const other = { ...record, id: two.id };
  await assert.rejects(provider('the same passphrase').open(other), WrongSecretError);
  const text = writeRecord(record);
  for (let length = 0; length < text.length; length += 7) assert.equal(parseRecord(text.slice(0, length)), undefined);
  for (const name of ['salt', 'memory', 'passes', 'wrapped', 'provider']) {
    assert.equal(parseRecord(text.replace(`\n${name} `, `\n${name} 1`)), undefined, name);
  }
  const huge = { ...record, fields: new Map([...record.fields, ['memory', '999999999']]) };
  await assert.rejects(provider('the same passphrase').open(huge), /not one of ours/);
});
