// crane, regctl, oras, helm and cosign: clients written to the specification, each with artifacts of its own kind.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { glob, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSite } from './client-site.ts';
import { assertGone, type ClientTest, deleteByApi, digestInRegistry, platformsOf, pushTwice } from './client-test.ts';

const layerBytes = 200_000;
const platforms = ['amd64', 'arm64'];

export const crane: ClientTest = {
  name: 'crane',
  programs: ['crane', 'aws'],
  async run(site) {
    const { host } = site;
    const crane = (...args: readonly string[]) => site.run('crane', args);
    await site.createRepository('crane/app');
    await site.createRepository('crane/copy');
    await site.run('crane', ['auth', 'login', '--username', 'AWS', '--password-stdin', host], {
      input: await site.password(),
    });
    const { folder, digest } = await site.layout({ tag: 'one', platforms, layerBytes });
    const pushIndex = () => crane('push', '--index', folder, `${host}/crane/app:one`);
    await pushTwice(site, 'crane/app', 2 * layerBytes, pushIndex);
    const pushed = (await crane('digest', `${host}/crane/app:one`)).stdout.trim();
    assert.equal(pushed, await digestInRegistry(site, 'crane/app', 'one'));
    // What crane pushes is the layout's own index, which lists the index of both platforms.
    assert.match((await crane('manifest', `${host}/crane/app:one`)).stdout, new RegExp(digest));
    assert.deepEqual(platformsOf((await crane('manifest', `${host}/crane/app@${digest}`)).stdout), platforms);
    await crane('validate', '--remote', `${host}/crane/app@${digest}`);
    const pulled = await site.folder('crane');
    await crane('pull', '--format', 'oci', `${host}/crane/app@${digest}`, pulled);
    assert.match(await readFile(join(pulled, 'index.json'), 'utf8'), new RegExp(digest));
    await crane('copy', `${host}/crane/app:one`, `${host}/crane/copy:two`);
    assert.equal((await crane('digest', `${host}/crane/copy:two`)).stdout.trim(), pushed);
    assert.deepEqual((await crane('ls', `${host}/crane/copy`)).stdout.trim().split('\n'), ['two']);
    assert.match((await crane('catalog', host)).stdout, /crane\/app/);
    await crane('delete', `${host}/crane/copy:two`);
    await assertGone(site, 'crane/copy', 'two');
  },
};

export const regctl: ClientTest = {
  name: 'regctl',
  programs: ['regctl', 'aws'],
  async run(site) {
    const { host } = site;
    const regctl = (...args: readonly string[]) => site.run('regctl', args);
    await site.createRepository('regctl/app');
    // It asks the registry at once, before it can be logged in: that answer is 401 and its exit code 1.
    await site.run('regctl', ['registry', 'set', '--tls', 'disabled', host], { codes: [0, 1] });
    await site.run('regctl', ['registry', 'login', '--user', 'AWS', '--pass-stdin', host], {
      input: await site.password(),
    });
    const { folder, digest } = await site.layout({ tag: 'one', platforms, layerBytes });
    const push = () => regctl('image', 'copy', `ocidir://${folder}:one`, `${host}/regctl/app:one`);
    await pushTwice(site, 'regctl/app', 2 * layerBytes, push);
    assert.equal(await digestInRegistry(site, 'regctl/app', 'one'), digest);
    const pulled = `ocidir://${await site.folder('regctl')}:one`;
    await regctl('image', 'copy', `${host}/regctl/app:one`, pulled);
    assert.equal((await regctl('image', 'digest', pulled)).stdout.trim(), digest);
    const { stdout: index } = await regctl('manifest', 'get', '--format', 'raw-body', `${host}/regctl/app:one`);
    assert.deepEqual(platformsOf(index), platforms);
    assert.equal((await regctl('tag', 'ls', `${host}/regctl/app`)).stdout.trim(), 'one');
    const note = join(await site.folder('regctl'), 'note.txt');
    await writeFile(note, 'a note about the image');
    const artifact = ['artifact', 'put', '--artifact-type', 'application/vnd.example.note'];
    await regctl(...artifact, '--file', note, '--subject', `${host}/regctl/app:one`);
    assert.match((await regctl('artifact', 'list', `${host}/regctl/app:one`)).stdout, /vnd\.example\.note/);
    await regctl('tag', 'delete', `${host}/regctl/app:one`);
    await assertGone(site, 'regctl/app', 'one');
  },
};

export const oras: ClientTest = {
  name: 'oras',
  programs: ['oras', 'aws'],
  async run(site) {
    const { host } = site;
    const cwd = await site.folder('oras');
    const oras = (...args: readonly string[]) => site.run('oras', args, { cwd });
    const plain = '--plain-http';
    await site.createRepository('oras/app');
    await site.createRepository('oras/copy');
    await site.run('oras', ['login', plain, '--username', 'AWS', '--password-stdin', host], {
      input: await site.password(),
    });
    const content = randomBytes(layerBytes);
    await writeFile(join(cwd, 'app.txt'), content);
    await writeFile(join(cwd, 'sbom.json'), '{"sbom":true}');
    const app = `${host}/oras/app:one`;
    // Without the time of its making the second manifest is the first one.
    const once = ['--annotation', 'org.opencontainers.image.created=2026-01-01T00:00:00Z'];
    const type = ['--artifact-type', 'application/vnd.example.app'];
    const push = () => oras('push', plain, ...type, ...once, app, 'app.txt:text/plain');
    await pushTwice(site, 'oras/app', layerBytes, push);
    const digest = await digestInRegistry(site, 'oras/app', 'one');
    assert.equal((await oras('resolve', plain, app)).stdout.trim(), digest);
    await oras('attach', plain, '--artifact-type', 'application/vnd.example.sbom', app, 'sbom.json:application/json');
    const found = await oras('discover', plain, '--format', 'json', app);
    assert.match(found.stdout, /vnd\.example\.sbom/);
    await oras('copy', '--recursive', '--from-plain-http', '--to-plain-http', app, `${host}/oras/copy:one`);
    const copied = await oras('discover', plain, '--format', 'json', `${host}/oras/copy:one`);
    assert.match(copied.stdout, /vnd\.example\.sbom/);
    await oras('pull', plain, '--output', 'pulled', app);
    assert.deepEqual(await readFile(join(cwd, 'pulled/app.txt')), content);
    assert.match((await oras('repo', 'tags', plain, `${host}/oras/app`)).stdout, /^one$/m);
    await oras('manifest', 'index', 'create', plain, `${host}/oras/app:index`, 'one');
    assert.match((await oras('manifest', 'fetch', plain, `${host}/oras/app:index`)).stdout, new RegExp(digest));
    await oras('manifest', 'delete', plain, '--force', app);
    await assertGone(site, 'oras/app', 'one');
  },
};

export const helm: ClientTest = {
  name: 'helm',
  programs: ['helm', 'aws'],
  async run(site) {
    const { host } = site;
    const cwd = await site.folder('helm');
    const helm = (...args: readonly string[]) => site.run('helm', args, { cwd });
    await site.createRepository('charts/demo');
    await site.run('helm', ['registry', 'login', '--plain-http', '--username', 'AWS', '--password-stdin', host], {
      input: await site.password(),
    });
    await helm('create', 'demo');
    await writeFile(join(cwd, 'demo', 'large.bin'), randomBytes(layerBytes));
    await helm('package', 'demo', '--version', '1.2.3+build.4');
    const chart = 'demo-1.2.3+build.4.tgz';
    const push = () => helm('push', '--plain-http', chart, `oci://${host}/charts`);
    const { size } = await stat(join(cwd, chart));
    await pushTwice(site, 'charts/demo', size, push);
    const pull = ['pull', '--plain-http', `oci://${host}/charts/demo`, '--version', '1.2.3+build.4'];
    await helm(...pull, '--destination', await mkdtemp(join(cwd, 'pulled-')));
    const [pulled] = await Array.fromAsync(glob(join(cwd, 'pulled-*', chart)));
    assert.deepEqual(await readFile(pulled ?? ''), await readFile(join(cwd, chart)));
    await deleteByApi(site, 'charts/demo', '1.2.3_build.4');
    const gone = await site.run('helm', pull, { cwd, codes: [1] });
    assert.match(gone.stderr, /not found/);
  },
};

export const cosign: ClientTest = {
  name: 'cosign',
  programs: ['cosign', 'crane', 'aws'],
  async run(site) {
    const { host } = site;
    const cwd = await site.folder('cosign');
    const env = { COSIGN_PASSWORD: 'not a secret: this key lives as long as the test' };
    const cosign = (...args: readonly string[]) => site.run('cosign', args, { cwd, env });
    await site.createRepository('cosign/app');
    await login(site, 'cosign');
    await login(site, 'crane', 'auth');
    const { folder, digest } = await site.layout({ tag: 'one', layerBytes });
    const pushImage = () => site.run('crane', ['push', folder, `${host}/cosign/app:one`]);
    await pushTwice(site, 'cosign/app', layerBytes, pushImage);
    assert.equal(await digestInRegistry(site, 'cosign/app', 'one'), digest);
    const image = `${host}/cosign/app@${await digestInRegistry(site, 'cosign/app', 'one')}`;
    await cosign('generate-key-pair');
    const insecure = ['--allow-http-registry', '--allow-insecure-registry'];
    await signAndVerify(cosign, insecure, image);
    await writeFile(join(cwd, 'predicate.json'), '{"made":"here"}');
    const offline = await offlineSigning(cosign);
    await cosign(
      'attest',
      '--yes',
      '--key',
      'cosign.key',
      ...offline,
      ...insecure,
      '--predicate',
      'predicate.json',
      image,
    );
    const verify = ['verify-attestation', '--key', 'cosign.pub', '--insecure-ignore-tlog=true', '--type', 'custom'];
    await cosign(...verify, ...insecure, image);
    assert.ok((await cosign('tree', ...insecure, image)).stdout.includes(host), 'signatures are found');
  },
};

type Run = (...args: readonly string[]) => Promise<{ readonly stdout: string }>;

async function signAndVerify(cosign: Run, insecure: readonly string[], image: string): Promise<void> {
  const offline = await offlineSigning(cosign);
  await cosign('sign', '--yes', '--key', 'cosign.key', ...offline, ...insecure, image);
  await cosign('verify', '--key', 'cosign.pub', '--insecure-ignore-tlog=true', ...insecure, image);
}

/** No transparency log and no time stamps: what this needs has changed its spelling from version to version. */
async function offlineSigning(cosign: Run): Promise<readonly string[]> {
  const { stdout } = await cosign('sign', '--help');
  const flags = ['--tlog-upload=false'];
  if (stdout.includes('--use-signing-config')) flags.push('--use-signing-config=false');
  return flags;
}

async function login(site: ClientSite, program: string, ...before: readonly string[]): Promise<void> {
  const password = await site.password();
  const args = [...before, 'login', '--username', 'AWS', '--password', password, site.host];
  await site.run(program, args);
}
