// The commands that a newcomer pastes: for the tool that is there, quoted for the shell, with the CA when there is one.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { firstCommands } from './first-commands.ts';

let bin: string;
const install = async (name: string, text: string) => {
  await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(bin, name), 0o755);
};
before(async () => {
  bin = await mkdtemp(join(tmpdir(), 'sallyport-first-'));
});
after(() => rm(bin, { recursive: true, force: true }));

const commands = (more: Partial<Parameters<typeof firstCommands>[0]> = {}) => {
  const options = { dataFolder: '/d', checkout: '/c', host: '127.0.0.1:5000', pathVariable: bin, authority: undefined };
  return firstCommands({ ...options, ...more });
};

test('docker, unless only podman is there', async () => {
  assert.match(commands()[0] ?? '', /\| docker login --username AWS --password-stdin 127\.0\.0\.1:5000$/);
  await install('podman', '');
  assert.match(commands()[0] ?? '', /\| podman login --tls-verify=false --username AWS/);
  assert.match(commands()[2] ?? '', /podman import - .* && podman push --tls-verify=false 127/);
});

test('with a local CA the AWS CLI is told so, whatever the shell has set already', async () => {
  await install('aws', 'echo "$AWS_CA_BUNDLE|$AWS_CONFIG_FILE"');
  const [, create = ''] = commands({ dataFolder: "/it's a\tfolder", authority: '/a b/ca.crt' });
  const env = { PATH: `${bin}:${process.env.PATH}`, AWS_CA_BUNDLE: '/of/somebody/else' };
  const said = execFileSync('sh', ['-c', create], { env, encoding: 'utf8' });
  assert.equal(said, "/a b/ca.crt|/it's a\tfolder/aws/config\n");
  assert.doesNotMatch(commands()[1] ?? '', /CA_BUNDLE/);
});
