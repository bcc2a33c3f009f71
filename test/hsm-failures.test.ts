// A site whose HSM refuses its PIN, or does not come back from a call: it stays up, says why, and ends when it is told.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
// Whether a call hangs is seen in a file of the stand-in.
import { setTimeout as pause } from 'node:timers/promises';
import { makeStandInHsm, type StandInHsm } from '../src/services/kms/root/testing/stand-in-hsm.ts';
import { makeRootedSite, type RootedSite } from './support/rooted-site.ts';
import { checkoutFolder } from './support/server-process.ts';

const pin = '918273';

for (const workers of ['1', '2']) {
  describe(`a site with ${workers} processes`, () => {
    let site: RootedSite;
    let hsm: StandInHsm;
    before(async () => {
      site = await makeRootedSite(workers);
      hsm = await makeStandInHsm(join(site.folder, 'hsm'), pin);
      await site.configure({ rootCacheSeconds: 0, pkcs11: hsm.settings });
      await site.cli(['rootkey', 'init', '--provider', 'pkcs11']);
      await site.start();
      await site.push('image');
    });
    after(async () => {
      await hsm.recover();
      await site.dispose();
    });

    test('a refused PIN: sealed with the reason, tried once, and open once the file has the right one', async () => {
      assert.equal(await site.server().stop(), 0);
      await hsm.writePin('000000');
      const { lines } = await site.start();
      const told = /Sallyport is sealed at .*The HSM that keeps the root key refuses the PIN\. CKR_PIN_INCORRECT/;
      assert.match(lines.join('\n'), told);
      const { status, text } = await site.pull('image');
      assert.equal(status, 503);
      assert.match(text, /The site is sealed: The HSM that keeps the root key refuses the PIN\./);
      assert.equal(text.includes(site.folder), false, 'callers learn no path');
      // Long enough for it to be asked for twice more: after two seconds, and after four.
      await pause(7000);
      assert.equal(hsm.tried().filter((tried) => tried === '000000').length, 1);
      await hsm.writePin(pin);
      await site.until(200, 'image');
      assert.equal(lines.join('\n').includes('000000'), false);
    });

    test('a hung HSM under a running site: it seals, goes on answering, and opens when the HSM is back', async () => {
      await hsm.hang();
      assert.match(
        await site.until(503, 'image'),
        /The site is sealed: The HSM that keeps the root key does not answer/,
      );
      const ready = await site.readiness();
      assert.equal(ready.status, 503);
      await hsm.recover();
      await site.until(200, 'image');
    });

    test('a hung HSM: SIGTERM ends a sealed site, and one that is about to start, without waiting', async () => {
      await hsm.hang();
      await site.until(503, 'image');
      const before = hsm.hanging();
      while (hsm.hanging() === before) await pause(50);
      const startMs = performance.now();
      assert.equal(await site.server().stop(), 0);
      const child = spawn(
        process.execPath,
        [
          ...[join(checkoutFolder, 'src/main.ts'), 'serve', '--listen', '127.0.0.1:0', '--workers', workers],
          ...['--data', site.data, '--config', join(site.folder, 'sallyport.yaml')],
        ],
        { stdio: 'ignore' },
      );
      const stoppedMs = performance.now() - startMs;
      const hung = hsm.hanging();
      while (hsm.hanging() === hung) await pause(50);
      const beginMs = performance.now();
      child.kill('SIGTERM');
      assert.deepEqual(await once(child, 'exit'), [0, null]);
      const endedMs = performance.now() - beginMs;
      for (const tookMs of [stoppedMs, endedMs])
        assert.ok(tookMs < 9000, `it took ${tookMs} ms, as long as the HSM may`);
    });
  });
}
