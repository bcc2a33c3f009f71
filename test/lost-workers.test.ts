// What becomes of a site whose workers die: connections wait for the next one; one that cannot be had is tried again.

import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import { ociClient } from './support/oci-client.ts';
import { type ServerProcess, startServer } from './support/server-process.ts';

suite('a site that loses its workers', { timeout: 120_000 }, () => {
  let root: string;
  let program: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-lost-workers-'));
    program = join(root, 'node');
    await copyFile(process.execPath, program);
  });
  after(() => rm(root, { recursive: true, force: true }));

  async function open(context: TestContext): Promise<ServerProcess> {
    const server = await startServer({ args: ['--workers', '2'], program });
    context.after(() => server.dispose());
    return server;
  }

  async function killWorker({ dataFolder }: ServerProcess, index: number): Promise<void> {
    const lock = await readFile(join(dataFolder, `workers/${index}/lock`), 'utf8');
    process.kill(Number(lock.split(' ')[0]), 'SIGKILL');
  }

  test('while none is there connections wait, and each is answered by the next one', async (context) => {
    const server = await open(context);
    await Promise.all([killWorker(server, 1), killWorker(server, 2)]);
    await Promise.all([1, 2].map((index) => server.said(new RegExp(`^worker ${index} ended`))));
    const clients = Array.from({ length: 20 }, () => ociClient(server.host));
    const answers = await Promise.all(clients.map((client) => client.send('GET', '/v2/')));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401]));
    for (const client of clients) client.close();
    assert.equal(await server.stop(), 0);
  });

  test('one that cannot be started is tried again, later each time, and the other one serves', async (context) => {
    const server = await open(context);
    await rename(program, `${program}.away`);
    await killWorker(server, 2);
    for (const seconds of [2, 4]) {
      await server.said(
        new RegExp(`^worker 2 cannot be started: spawn \\S+ ENOENT; it is tried again in ${seconds} s$`),
      );
    }
    const client = ociClient(server.host);
    assert.equal((await client.send('GET', '/v2/')).status, 401);
    client.close();
    await rename(`${program}.away`, program);
    const url = /http:\S+\/readyz/.exec(server.lines.join('\n'))?.[0] ?? assert.fail();
    for (let status = 0; status !== 200; ) ({ status } = await fetch(url));
  });
});
