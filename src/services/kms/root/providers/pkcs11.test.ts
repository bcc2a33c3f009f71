// A root key that an HSM keeps: wrapped, unwrapped, a refused PIN that is tried once, and calls that do not come back.

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
// Whether a helper hangs is seen in a file of the stand-in.
import { setTimeout as pause } from 'node:timers/promises';
import { systemRandom } from '#core/random.ts';
import { RootSealedError } from '../provider.ts';
import { newRootKey, type RootKey } from '../root-key.ts';
import type { RootRecord } from '../root-record.ts';
import { makeStandInHsm, type StandInHsm } from '../testing/stand-in-hsm.ts';
import { pkcs11Provider } from './pkcs11.ts';

const pin = '918273';
let folder: string;
let hsm: StandInHsm;
let key: RootKey;
let record: RootRecord;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-pkcs11-'));
  hsm = await makeStandInHsm(folder, pin);
  key = newRootKey(systemRandom);
  record = await pkcs11Provider(hsm.settings, systemRandom).keep(key);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function toldBy(opening: Promise<unknown>): Promise<string> {
  const error = await opening.then(
    () => assert.fail('it opened'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof RootSealedError, String(error));
  assert.equal(error.message.includes(folder), false, 'callers learn no path');
  return error.told;
}

test('the HSM gives back what it keeps, and only under the root key it was kept for', async () => {
  const provider = pkcs11Provider(hsm.settings, systemRandom);
  assert.deepEqual(await provider.open(record), key);
  const other = provider.open({ ...record, id: '0123456789abcdef' });
  assert.match(await toldBy(other), /cannot be used\. It says: /);
});

test('a refused PIN is told, and tried once, however often the key is asked for; another one is tried', async () => {
  const provider = pkcs11Provider(hsm.settings, systemRandom);
  const before = hsm.tried().length;
  await hsm.writePin('000000');
  for (let asked = 0; asked < 5; asked += 1) {
    assert.match(
      await toldBy(provider.open(record)),
      /refuses the PIN\. CKR_PIN_INCORRECT.*pin-file: it is tried no more/,
    );
  }
  assert.deepEqual(hsm.tried().slice(before), ['000000']);
  await hsm.writePin(pin);
  assert.deepEqual(await provider.open(record), key);
  assert.deepEqual(hsm.tried().slice(before), ['000000', pin]);
});

test('a token that the next wrong PIN would lock is not logged in to', async () => {
  const provider = pkcs11Provider(hsm.settings, systemRandom);
  const before = hsm.tried().length;
  await hsm.setFlags(0x2_0000);
  assert.match(await toldBy(provider.open(record)), /one wrong PIN more would lock the token/);
  await hsm.setFlags(0x4_0000);
  assert.match(await toldBy(provider.open(record)), /its PIN is locked/);
  assert.equal(hsm.tried().length, before);
  await hsm.setFlags(0x1_0000);
  assert.deepEqual(await provider.open(record), key);
});

test('a PIN file that is gone, or that others may read, is said', async () => {
  const provider = pkcs11Provider(hsm.settings, systemRandom);
  await chmod(hsm.settings.pinFile, 0o644);
  assert.match(await toldBy(provider.open(record)), /cannot be read\. The PIN .*pin-file has mode 644/);
  await rm(hsm.settings.pinFile);
  assert.match(await toldBy(provider.open(record)), /cannot be read\. .*pin-file is not there\./);
});

test('a call that does not come back is given up when the site ends', async () => {
  await hsm.hang();
  const ending = new AbortController();
  const opening = toldBy(pkcs11Provider(hsm.settings, systemRandom).open(record, ending.signal));
  while (hsm.hanging() === 0) await pause(20);
  ending.abort();
  assert.match(await opening, /The HSM that keeps the root key does not answer\./);
  await hsm.recover();
  assert.deepEqual(await pkcs11Provider(hsm.settings, systemRandom).open(record), key);
});

test('a binding that is not there is said', async () => {
  const settings = { ...hsm.settings, binding: join(folder, 'nothing') };
  assert.match(await toldBy(pkcs11Provider(settings, systemRandom).open(record)), /cannot be loaded: install pkcs11js/);
});
