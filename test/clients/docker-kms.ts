// docker against a repository under a customer key that the aws CLI makes, disables and enables again.

import assert from 'node:assert/strict';
import type { ClientSite } from './client-site.ts';
import type { ClientTest } from './client-test.ts';
import { startEngine } from './docker-engine.ts';
import { importImage } from './docker-image.ts';

export const dockerKms: ClientTest = {
  name: 'docker under a customer key',
  programs: ['docker', 'dockerd', 'aws'],
  async run(site) {
    const engine = await startEngine(site);
    try {
      await switchesKey(site, engine.environment);
    } finally {
      await engine.stop();
    }
  },
};

async function switchesKey(site: ClientSite, env: Readonly<Record<string, string>>): Promise<void> {
  const docker = (...args: readonly string[]) => site.run('docker', args, { env });
  const refused = (...args: readonly string[]) => site.run('docker', args, { env, codes: [1] });
  const { host } = site;
  const { KeyMetadata } = await site.aws('kms', 'create-key');
  const key = (KeyMetadata as { readonly Arn: string }).Arn;
  await site.aws(
    ...['ecr', 'create-repository', '--repository-name', 'docker/keyed'],
    ...['--encryption-configuration', `encryptionType=KMS,kmsKey=${key}`],
  );
  await site.run('docker', ['login', '--username', 'AWS', '--password-stdin', host], {
    env,
    input: await site.password(),
  });
  const [image, next] = [`${host}/docker/keyed:one`, `${host}/docker/keyed:two`];
  await importImage(site, docker, 'linux/amd64', image);
  await importImage(site, docker, 'linux/amd64', next);
  await docker('push', image);
  const id = (await docker('image', 'inspect', '--format', '{{.Id}}', image)).stdout;
  await docker('rmi', '--force', image);
  await docker('pull', image);
  await docker('rmi', '--force', image);
  await site.aws('kms', 'disable-key', '--key-id', key);
  assert.match((await refused('pull', image)).stderr, /denied|is disabled/);
  assert.match((await refused('push', next)).stderr, /denied|is disabled/);
  await site.aws('kms', 'enable-key', '--key-id', key);
  await docker('pull', image);
  assert.equal((await docker('image', 'inspect', '--format', '{{.Id}}', image)).stdout, id);
  await docker('push', next);
}
