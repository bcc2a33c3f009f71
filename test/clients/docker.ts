// docker with a dockerd of our own: login, push, pull, the same digest, a free second push, a refused one.

import assert from 'node:assert/strict';
import type { ClientSite } from './client-site.ts';
import { assertGone, type ClientTest, deleteByApi, digestInRegistry, platformsOf, pushTwice } from './client-test.ts';
import { startEngine } from './docker-engine.ts';
import { type Docker, importedLayerBytes, importImage } from './docker-image.ts';

export const docker: ClientTest = {
  name: 'docker',
  programs: ['docker', 'dockerd', 'aws'],
  async run(site) {
    const engine = await startEngine(site);
    try {
      await pushAndPull(site, engine.environment);
    } finally {
      await engine.stop();
    }
  },
};

async function pushAndPull(site: ClientSite, env: Readonly<Record<string, string>>): Promise<void> {
  const docker = (...args: readonly string[]) => site.run('docker', args, { env });
  const { host } = site;
  await site.createRepository('docker/app');
  const image = `${host}/docker/app:one`;
  await site.run('docker', ['login', '--username', 'AWS', '--password-stdin', host], {
    env,
    input: await site.password(),
  });
  await importImage(site, docker, 'linux/amd64', image);
  let pushed = { stdout: '' };
  await pushTwice(site, 'docker/app', importedLayerBytes, async () => {
    pushed = await docker('push', image);
  });
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed.stdout)?.[1];
  assert.equal(await digestInRegistry(site, 'docker/app', 'one'), digest);
  const id = (await docker('image', 'inspect', '--format', '{{.Id}}', image)).stdout;
  await docker('rmi', '--force', image);
  await docker('pull', image);
  assert.equal((await docker('image', 'inspect', '--format', '{{.Id}}', image)).stdout, id);
  await docker('pull', `${host}/docker/app@${digest}`);
  await pushList(site, docker, `${host}/docker/app`);
  await deleteByApi(site, 'docker/app', 'multi');
  await assertGone(site, 'docker/app', 'multi');
  const gone = await site.run('docker', ['pull', `${host}/docker/app:multi`], { env, codes: [1] });
  assert.match(gone.stderr, /manifest unknown|Requested image not found|not found/);
  await docker('tag', image, `${host}/docker/nowhere:one`);
  const refused = await site.run('docker', ['push', `${host}/docker/nowhere:one`], { env, codes: [1] });
  assert.match(refused.stderr, /docker\/nowhere.* does not exist/);
}

/** A list of two platforms, made and pushed by `docker manifest`; the registry has both. */
async function pushList(site: ClientSite, docker: Docker, name: string): Promise<void> {
  await importImage(site, docker, 'linux/arm64', `${name}:two`);
  await docker('push', `${name}:two`);
  await docker('manifest', 'create', '--insecure', `${name}:multi`, `${name}:one`, `${name}:two`);
  // What `docker import --platform` writes into the configuration differs from version to version.
  await docker('manifest', 'annotate', '--arch', 'arm64', `${name}:multi`, `${name}:two`);
  await docker('manifest', 'push', '--insecure', `${name}:multi`);
  const ids = 'imageTag=multi';
  const answer = await site.aws('ecr', 'batch-get-image', '--repository-name', 'docker/app', '--image-ids', ids);
  const [list] = answer.images as ReadonlyArray<{ readonly imageManifest: string }>;
  assert.deepEqual(platformsOf(list?.imageManifest ?? ''), ['amd64', 'arm64']);
  await docker('pull', `${name}:multi`);
}
