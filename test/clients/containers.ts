// podman, skopeo and buildah: the containers/image family, each with its own way in.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSite } from './client-site.ts';
import { assertGone, type ClientTest, deleteByApi, digestInRegistry, platformsOf, pushTwice } from './client-test.ts';

const plain = '--tls-verify=false';
const layerBytes = 200_000;

export const skopeo: ClientTest = {
  name: 'skopeo',
  programs: ['skopeo', 'aws'],
  async run(site) {
    const skopeo = (...args: readonly string[]) => site.run('skopeo', args);
    await site.createRepository('skopeo/app');
    await login(site, 'skopeo');
    const { folder, digest } = await site.layout({ tag: 'multi', platforms: ['amd64', 'arm64'], layerBytes });
    const target = `docker://${site.host}/skopeo/app:multi`;
    const copyIn = ['copy', '--all', '--dest-tls-verify=false', `oci:${folder}:multi`, target];
    await pushTwice(site, 'skopeo/app', 2 * layerBytes, () => skopeo(...copyIn));
    assert.equal(await digestInRegistry(site, 'skopeo/app', 'multi'), digest);
    const copy = await site.folder('copy');
    await skopeo('copy', '--all', '--src-tls-verify=false', target, `oci:${copy}:multi`);
    assert.equal(await digestOfLayout(copy), digest);
    const inspected = await skopeo('inspect', plain, '--raw', target);
    assert.deepEqual(platformsOf(inspected.stdout), ['amd64', 'arm64']);
    const tags = await skopeo('list-tags', plain, `docker://${site.host}/skopeo/app`);
    assert.deepEqual((JSON.parse(tags.stdout) as { Tags: string[] }).Tags, ['multi']);
    await skopeo('delete', plain, target);
    const gone = await site.run('skopeo', ['inspect', plain, target], { codes: [1, 2] });
    assert.match(gone.stderr, /manifest unknown|Requested image not found/);
  },
};

export const podman: ClientTest = {
  name: 'podman',
  programs: ['podman', 'skopeo', 'aws'],
  async run(site) {
    const name = `${site.host}/podman/app`;
    const storage = await storageOptions(site);
    const podman = (...args: readonly string[]) => site.run('podman', [...storage, ...args]);
    await site.createRepository('podman/app');
    await login(site, 'podman', storage);
    for (const [tag, platform] of [
      ['one', 'amd64'],
      ['two', 'arm64'],
    ] as const) {
      await podman('tag', await load(site, podman, tag, platform), `${name}:${tag}`);
    }
    const digestFile = join(await site.folder('podman'), 'digest');
    const push = () => podman('push', plain, '--digestfile', digestFile, `${name}:one`);
    await pushTwice(site, 'podman/app', layerBytes, push);
    assert.equal(await readFile(digestFile, 'utf8'), await digestInRegistry(site, 'podman/app', 'one'));
    await podman('push', plain, `${name}:two`);
    await pushList(site, podman, name, ['one', 'two']);
    const id = (await podman('image', 'inspect', '--format', '{{.Id}}', `${name}:one`)).stdout;
    await podman('rmi', '--all', '--force');
    await podman('pull', plain, `${name}:one`);
    assert.equal((await podman('image', 'inspect', '--format', '{{.Id}}', `${name}:one`)).stdout, id);
    await podman('pull', plain, `${name}:multi`);
    await deleteByApi(site, 'podman/app', 'multi');
    await assertGone(site, 'podman/app', 'multi');
    const gone = await site.run('podman', [...storage, 'pull', plain, `${name}:multi`], { codes: [125] });
    assert.match(gone.stderr, /manifest unknown|Requested image not found/);
  },
};

export const buildah: ClientTest = {
  name: 'buildah',
  programs: ['buildah', 'skopeo', 'aws'],
  async run(site) {
    const name = `${site.host}/buildah/app`;
    const storage = await storageOptions(site);
    const buildah = (...args: readonly string[]) => site.run('buildah', [...storage, ...args]);
    await site.createRepository('buildah/app');
    await login(site, 'buildah', storage);
    for (const [tag, platform] of [
      ['one', 'amd64'],
      ['two', 'arm64'],
    ] as const) {
      await build(site, buildah, `${name}:${tag}`, platform);
    }
    const digestFile = join(await site.folder('buildah'), 'digest');
    const push = () => buildah('push', plain, '--digestfile', digestFile, `${name}:one`);
    await pushTwice(site, 'buildah/app', layerBytes, push);
    const digest = await digestInRegistry(site, 'buildah/app', 'one');
    assert.equal(await readFile(digestFile, 'utf8'), digest);
    await buildah('push', plain, `${name}:two`);
    await pushList(site, buildah, name, ['one', 'two']);
    await buildah('rmi', '--all', '--force');
    await buildah('pull', plain, `${name}:one`);
    const { stdout } = await buildah('images', '--format', '{{.Digest}}', `${name}:one`);
    assert.equal(stdout.trim(), digest);
    await deleteByApi(site, 'buildah/app', 'multi');
    await assertGone(site, 'buildah/app', 'multi');
  },
};

type Run = (...args: readonly string[]) => Promise<{ readonly stdout: string }>;

/** A fresh image in the program's storage; its id. */
async function load(site: ClientSite, podman: Run, tag: string, platform: string): Promise<string> {
  const { folder } = await site.layout({ tag, platforms: [platform], layerBytes });
  const archive = join(await site.folder('archive'), 'image.tar');
  await site.run('tar', ['-c', '-f', archive, '-C', folder, '.']);
  const { stdout } = await podman('load', '--input', archive);
  return stdout.trim().replace(/^.*: /s, '');
}

async function build(site: ClientSite, buildah: Run, image: string, platform: string): Promise<void> {
  const context = await site.folder('context');
  await writeFile(join(context, 'hello'), randomBytes(layerBytes));
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY hello /hello\nLABEL built=here\n');
  await buildah('bud', '--isolation', 'chroot', '--arch', platform, '--tag', image, context);
}

/** An index of images that are in storage, pushed as `multi`; the registry has it as it was made. */
async function pushList(site: ClientSite, program: Run, name: string, tags: readonly string[]): Promise<void> {
  await program('manifest', 'create', 'multi');
  for (const tag of tags) await program('manifest', 'add', plain, 'multi', `${name}:${tag}`);
  await program('manifest', 'push', '--all', plain, 'multi', `docker://${name}:multi`);
  const { stdout } = await site.run('skopeo', ['inspect', plain, '--raw', `docker://${name}:multi`]);
  assert.deepEqual(platformsOf(stdout), ['amd64', 'arm64']);
}

async function digestOfLayout(folder: string): Promise<string | undefined> {
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
  return index.manifests[0]?.digest;
}

/** Storage of its own on plain folders, so that nothing of the machine is touched and no kernel feature is needed. */
async function storageOptions(site: ClientSite): Promise<readonly string[]> {
  const folder = await site.folder('storage');
  return ['--root', `${folder}/root`, '--runroot', `${folder}/run`, '--storage-driver', 'vfs'];
}

async function login(site: ClientSite, program: string, options: readonly string[] = []): Promise<void> {
  const args = [...options, 'login', plain, '--username', 'AWS', '--password-stdin', site.host];
  await site.run(program, args, { input: await site.password() });
}
