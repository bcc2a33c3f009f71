// What was refused while a site was sealed: kept in order, bounded, and told even when somebody bent the list.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '#core/random.ts';
import { forgetRefusedUnseals, noteRefusedUnseal, readRefusedUnseals } from './refused-unseals.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sallyport-refused-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

const refusal = (why: string) => {
  return { atMs: 1, rootKeyId: '0123456789abcdef', provider: 'passphrase', from: 'control-socket', why };
};
const file = () => join(data, 'host/refused-unseals.json');

test('what is noted is read, in order, until it is forgotten', async () => {
  assert.deepEqual(await readRefusedUnseals(data), { refused: [], more: 0 });
  await noteRefusedUnseal(data, refusal('first'), systemRandom);
  await noteRefusedUnseal(data, refusal('x'.repeat(1000)), systemRandom);
  assert.equal((await stat(file())).mode & 0o777, 0o600);
  const { refused } = await readRefusedUnseals(data);
  assert.deepEqual(refused, [refusal('first'), refusal('x'.repeat(200))]);
  await forgetRefusedUnseals(data);
  assert.deepEqual(await readRefusedUnseals(data), { refused: [], more: 0 });
});

test('the first hundred are kept, the others counted', async () => {
  for (let count = 0; count < 103; count += 1) await noteRefusedUnseal(data, refusal(`${count}`), systemRandom);
  const { refused, more } = await readRefusedUnseals(data);
  assert.deepEqual([refused.length, refused.at(-1)?.why, more], [100, '99', 3]);
  assert.ok((await stat(file())).size < 64 * 1024);
});

test('a list that is not one of ours is something that was refused', async () => {
  await mkdir(join(data, 'host'));
  const isOurs = { refused: fc.array(fc.record({ atMs: fc.double(), why: fc.string() })), more: fc.integer() };
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.record(isOurs).map((one) => JSON.stringify(one)),
      ),
      async (text) => {
        await writeFile(file(), text, { mode: 0o600 });
        const { refused, more } = await readRefusedUnseals(data);
        assert.ok(refused.length === 0 && Number.isSafeInteger(more));
        if (!text.startsWith('{"refused":[]')) assert.equal(more, 1);
      },
    ),
    { numRuns: 200 },
  );
});
