// podman, skopeo and buildah: the containers/image family, each with its own way in.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSite } from './client-site.ts';
import { assertRepushIsFree, type ClientTest, digestInRegistry } from './client-test.ts';

const plain = '--tls-verify=false';

export const skopeo: ClientTest = {
  name: 'skopeo',
  programs: ['skopeo', 'aws'],
  async run(site) {
    const { host } = site.server;
    const skopeo = (...args: readonly string[]) => site.run('skopeo', args);
    await site.createRepository('skopeo/app');
    await login(site, 'skopeo');
    const { folder, digest } = await site.layout({ tag: 'multi', platforms: ['amd64', 'arm64'], layerBytes: 200_000 });
    const target = `docker://${host}/skopeo/app:multi`;
    const push = () => skopeo('copy', '--all', '--dest-tls-verify=false', `oci:${folder}:multi`, target);
    await push();
    assert.equal(await digestInRegistry(site, 'skopeo/app', 'multi'), digest);
    await assertRepushIsFree(site, 'skopeo/app', push);
    const copy = await site.folder('copy');
    await skopeo('copy', '--all', '--src-tls-verify=false', target, `oci:${copy}:multi`);
    const inspected = await skopeo('inspect', plain, '--raw', target);
    assert.equal((JSON.parse(inspected.stdout) as { manifests: unknown[] }).manifests.length, 2);
    const tags = await skopeo('list-tags', plain, `docker://${host}/skopeo/app`);
    assert.deepEqual((JSON.parse(tags.stdout) as { Tags: string[] }).Tags, ['multi']);
    await skopeo('delete', plain, target);
    const gone = await site.run('skopeo', ['inspect', plain, target], { codes: [1, 2] });
    assert.match(gone.stderr, /manifest unknown|Requested image not found/);
  },
};

export const podman: ClientTest = {
  name: 'podman',
  programs: ['podman', 'aws'],
  async run(site) {
    const image = `${site.server.host}/podman/app:one`;
    const storage = await storageOptions(site);
    const podman = (...args: readonly string[]) => site.run('podman', [...storage, ...args]);
    await site.createRepository('podman/app');
    await login(site, 'podman', storage);
    const { folder } = await site.layout({ tag: 'one', layerBytes: 100_000 });
    const archive = join(await site.folder('archive'), 'image.tar');
    await site.run('tar', ['-c', '-f', archive, '-C', folder, '.']);
    const loaded = await podman('load', '--input', archive);
    await podman('tag', loaded.stdout.trim().replace(/^.*: /s, ''), image);
    const push = () => podman('push', plain, image);
    await push();
    await assertRepushIsFree(site, 'podman/app', push);
    const id = (await podman('image', 'inspect', '--format', '{{.Id}}', image)).stdout;
    await podman('rmi', '--all', '--force');
    await podman('pull', plain, image);
    assert.equal((await podman('image', 'inspect', '--format', '{{.Id}}', image)).stdout, id);
  },
};

export const buildah: ClientTest = {
  name: 'buildah',
  programs: ['buildah', 'aws'],
  async run(site) {
    const image = `${site.server.host}/buildah/app:one`;
    const storage = await storageOptions(site);
    const buildah = (...args: readonly string[]) => site.run('buildah', [...storage, ...args]);
    await site.createRepository('buildah/app');
    await login(site, 'buildah', storage);
    const context = await site.folder('context');
    await writeFile(join(context, 'hello'), 'built from scratch');
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY hello /hello\nLABEL built=here\n');
    await buildah('bud', '--isolation', 'chroot', '--tag', image, context);
    await buildah('push', plain, image);
    assert.match(await digestInRegistry(site, 'buildah/app', 'one'), /^sha256:/);
    await buildah('rmi', '--all', '--force');
    await buildah('pull', plain, image);
  },
};

/** Storage of its own on plain folders, so that nothing of the machine is touched and no kernel feature is needed. */
async function storageOptions(site: ClientSite): Promise<readonly string[]> {
  const folder = await site.folder('storage');
  return ['--root', `${folder}/root`, '--runroot', `${folder}/run`, '--storage-driver', 'vfs'];
}

async function login(site: ClientSite, program: string, options: readonly string[] = []): Promise<void> {
  const args = [...options, 'login', plain, '--username', 'AWS', '--password-stdin', site.server.host];
  await site.run(program, args, { input: await site.password() });
}
