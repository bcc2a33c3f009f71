// The first start makes the only credentials there are: one that breaks off must leave it to the next to make them.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { loadConfig } from '../src/config/load.ts';
import { openSite } from '../src/site/open-site.ts';
import { administratorOf } from './support/administrator.ts';

test('a first start that cannot keep the key makes no administrator; the next one does', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-first-'));
  const closers = [() => rm(root, { recursive: true, force: true })];
  context.after(async () => {
    for (const close of closers.reverse()) await close();
  });
  const data = join(root, 'data');
  const flags = { '--data': data, '--listen': '127.0.0.1:0', '--config': undefined };
  const { config } = loadConfig({ flags, environment: {}, workingFolder: root });
  const open = () => openSite(config, { log: () => undefined });
  await mkdir(data, { mode: 0o700 });
  // A file where the folder of the credentials has to be: they cannot be written.
  await writeFile(join(data, 'aws'), '');
  await assert.rejects(open());
  await rm(join(data, 'aws'));
  const site = await open();
  closers.push(() => site.close());
  const sts = new STSClient(await administratorOf(data, site.url));
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
  sts.destroy();
  assert.match(Arn ?? '', /:user\/administrator$/);
});
