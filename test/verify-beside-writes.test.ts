// `sallyport verify` beside a server that is pushed to and deleted from: what changes meanwhile is no damage.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fillHouse, repositoryName } from './support/damage.ts';
import { type House, openHouse } from './support/house.ts';
import type { OciClient } from './support/oci-client.ts';
import { checkoutFolder } from './support/server-process.ts';

const pushesMin = 6;
let house: House;
let oci: OciClient;
before(async () => {
  house = await openHouse();
  ({ oci } = await fillHouse(house));
});
after(() => house.dispose());

test('pushes, moved tags and deletes meanwhile are no damage', async () => {
  // A busy machine may hardly push anything while one look lasts: then there are more of them.
  for (let pushes = 0; pushes < pushesMin; ) pushes += await pushWhileVerifying();
});

/** Pushes for as long as one `verify` runs, which must find nothing; how many images that were. */
async function pushWhileVerifying(): Promise<number> {
  const main = join(checkoutFolder, 'src/main.ts');
  const verify = spawn(process.execPath, [main, 'verify', '--data', house.dataFolder], {
    cwd: checkoutFolder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Buffer[] = [];
  verify.stdout.on('data', (bytes: Buffer) => lines.push(bytes));
  const ended = once(verify, 'close');
  let pushes = 0;
  while (verify.exitCode === null) {
    const { digest } = await oci.pushImage(repositoryName, `tag-${pushes % 3}`, [randomBytes(20_000)]);
    pushes += 1;
    if (pushes % 2 === 0) {
      const removed = await oci.send('DELETE', `/v2/${repositoryName}/manifests/${digest}`);
      assert.equal(removed.status, 202);
    }
  }
  const [code] = (await ended) as [number];
  const printed = Buffer.concat(lines).toString();
  assert.equal(code, 0, printed);
  assert.match(printed, /Nothing is damaged/);
  return pushes;
}
