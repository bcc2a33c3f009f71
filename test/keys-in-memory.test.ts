// The memory of a server that runs, looked through from outside: keys are there while they are used, and then no more.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
// What another process did is found out by looking, about a second later: nothing tells of it.
import { setTimeout as pause } from 'node:timers/promises';
import * as Kms from '@aws-sdk/client-kms';
import { administratorOf } from './support/administrator.ts';
import { importMaterial } from './support/import-material.ts';
import { countInMemory } from './support/process-memory.ts';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from './support/server-process.ts';

/** Less than keys are kept for when nothing happens. */
const timeout = 200_000;

describe('the memory of a server', () => {
  let server: ServerProcess;
  let kms: Kms.KMSClient;
  before(async () => {
    server = await startServer();
    kms = new Kms.KMSClient(await administratorOf(server.dataFolder, server.url));
  });
  after(async () => {
    kms.destroy();
    await server.dispose();
  });

  const newKey = async (wanted: Kms.CreateKeyCommandInput = {}) =>
    (await kms.send(new Kms.CreateKeyCommand({ Origin: 'EXTERNAL', ...wanted }))).KeyMetadata?.Arn ?? '';
  const count = (secret: Buffer) => countInMemory(server.pid, secret);
  /** Some systems let no process look into another, not even into its own children. */
  const isForbidden = (context: TestContext) =>
    count(randomBytes(32)).then(
      () => false,
      () => {
        context.skip('the memory of other processes cannot be read here');
        return true;
      },
    );

  test('holds nothing of material that was imported, however it was wrapped', async (context) => {
    if (await isForbidden(context)) return;
    for (const algorithm of ['RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256'] as const) {
      const material = randomBytes(32);
      await importMaterial(kms, await newKey(), material, {}, algorithm);
      assert.equal(await count(material), 0, algorithm);
    }
  });

  test('holds material that is in use, and loses it once another process has changed anything', {
    timeout,
  }, async (context) => {
    if (await isForbidden(context)) return;
    const [material, secret] = [randomBytes(32), randomBytes(32)];
    const KeyId = await newKey();
    const mac = { KeyId: await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }) };
    await importMaterial(kms, KeyId, material);
    await importMaterial(kms, mac.KeyId, secret);
    for (let use = 0; use < 20; use += 1) {
      await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
      await kms.send(new Kms.GenerateMacCommand({ ...mac, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from('m') }));
    }
    for (const bytes of [material, secret]) assert.ok((await count(bytes)) > 0, 'what is in use is found');
    const args = [join(checkoutFolder, 'src/main.ts'), 'account', 'create', '--name', 'x', '--data', server.dataFolder];
    await runCommand(process.execPath, args, { timeoutMs: 60_000 });
    // Nobody asks the server for anything: it finds out by itself, within a second or as soon as it gets to run.
    for (const bytes of [material, secret]) while ((await count(bytes)) > 0) await pause(100);
  });
});
