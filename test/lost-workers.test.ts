// What becomes of a site whose workers die and cannot be replaced at once: the supervisor lives, tries, and tells.

import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ociClient } from './support/oci-client.ts';
import { type ServerProcess, startServer } from './support/server-process.ts';

suite('a site that loses its workers', { timeout: 120_000 }, () => {
  let root: string;
  let program: string;
  let server: ServerProcess;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-lost-workers-'));
    program = join(root, 'node');
    await copyFile(process.execPath, program);
    server = await startServer({ dataFolder: join(root, 'data'), args: ['--workers', '2'], program });
  });
  after(async () => {
    await server.dispose();
    await rm(root, { recursive: true, force: true });
  });

  async function killWorker(index: number): Promise<void> {
    const lock = await readFile(join(server.dataFolder, `workers/${index}/lock`), 'utf8');
    process.kill(Number(lock.split(' ')[0]), 'SIGKILL');
  }

  test('one that cannot be started is told and tried again, later each time, and the other one serves', async () => {
    await rename(program, `${program}.away`);
    await killWorker(2);
    await server.said(/^worker 2 cannot be started: spawn \S+ ENOENT; it is tried again in 1 s$/);
    await server.said(/^worker 2 cannot be started: spawn \S+ ENOENT; it is tried again in 2 s$/);
    await server.said(/^worker 2 cannot be started: spawn \S+ ENOENT; it is tried again in 4 s$/);
    const client = ociClient(server.host);
    assert.equal((await client.send('GET', '/v2/')).status, 401);
    client.close();
    await rename(`${program}.away`, program);
    for (let status = 0; status !== 200; ) ({ status } = await fetch(`${management()}/readyz`));
  });

  function management(): string {
    return /(http:\S+)\/readyz/.exec(server.lines.join('\n'))?.[1] ?? assert.fail();
  }
});
