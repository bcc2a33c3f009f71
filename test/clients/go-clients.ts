// crane, regctl, oras, helm and cosign: clients written to the specification, each with artifacts of its own kind.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSite } from './client-site.ts';
import { assertRepushIsFree, type ClientTest, digestInRegistry } from './client-test.ts';

export const crane: ClientTest = {
  name: 'crane',
  programs: ['crane', 'aws'],
  async run(site) {
    const { host } = site.server;
    const crane = (...args: readonly string[]) => site.run('crane', args);
    await site.createRepository('crane/app');
    await site.createRepository('crane/copy');
    await site.run('crane', ['auth', 'login', '--username', 'AWS', '--password-stdin', host], {
      input: await site.password(),
    });
    const { folder, digest } = await site.layout({ tag: 'one', platforms: ['amd64', 'arm64'] });
    const push = () => crane('push', '--index', folder, `${host}/crane/app:one`);
    await push();
    await assertRepushIsFree(site, 'crane/app', push);
    const pushed = (await crane('digest', `${host}/crane/app:one`)).stdout.trim();
    assert.equal(pushed, await digestInRegistry(site, 'crane/app', 'one'));
    const index = JSON.parse((await crane('manifest', `${host}/crane/app:one`)).stdout) as { manifests: object[] };
    assert.ok(index.manifests.length > 0, `${digest} is in the index that was pushed`);
    await crane('validate', '--remote', `${host}/crane/app:one`);
    await crane('copy', `${host}/crane/app:one`, `${host}/crane/copy:two`);
    assert.equal((await crane('digest', `${host}/crane/copy:two`)).stdout.trim(), pushed);
    assert.deepEqual((await crane('ls', `${host}/crane/copy`)).stdout.trim().split('\n'), ['two']);
    assert.match((await crane('catalog', host)).stdout, /crane\/app/);
    await crane('delete', `${host}/crane/copy:two`);
  },
};

export const regctl: ClientTest = {
  name: 'regctl',
  programs: ['regctl', 'aws'],
  async run(site) {
    const { host } = site.server;
    const regctl = (...args: readonly string[]) => site.run('regctl', args);
    await site.createRepository('regctl/app');
    // It asks the registry at once, before it can be logged in: that answer is 401 and its exit code 1.
    await site.run('regctl', ['registry', 'set', '--tls', 'disabled', host], { codes: [0, 1] });
    await site.run('regctl', ['registry', 'login', '--user', 'AWS', '--pass-stdin', host], {
      input: await site.password(),
    });
    const { folder, digest } = await site.layout({ tag: 'one', platforms: ['amd64', 'arm64'] });
    const push = () => regctl('image', 'copy', `ocidir://${folder}:one`, `${host}/regctl/app:one`);
    await push();
    await assertRepushIsFree(site, 'regctl/app', push);
    assert.equal((await regctl('image', 'digest', `${host}/regctl/app:one`)).stdout.trim(), digest);
    assert.equal((await regctl('tag', 'ls', `${host}/regctl/app`)).stdout.trim(), 'one');
    const note = join(await site.folder('regctl'), 'note.txt');
    await writeFile(note, 'a note about the image');
    const artifact = ['artifact', 'put', '--artifact-type', 'application/vnd.example.note'];
    await regctl(...artifact, '--file', note, '--subject', `${host}/regctl/app:one`);
    assert.match((await regctl('artifact', 'list', `${host}/regctl/app:one`)).stdout, /vnd\.example\.note/);
    await regctl('tag', 'delete', `${host}/regctl/app:one`);
  },
};

export const oras: ClientTest = {
  name: 'oras',
  programs: ['oras', 'aws'],
  async run(site) {
    const { host } = site.server;
    const cwd = await site.folder('oras');
    const oras = (...args: readonly string[]) => site.run('oras', args, { cwd });
    const plain = '--plain-http';
    await site.createRepository('oras/app');
    await site.createRepository('oras/copy');
    await site.run('oras', ['login', plain, '--username', 'AWS', '--password-stdin', host], {
      input: await site.password(),
    });
    await writeFile(join(cwd, 'app.txt'), 'the artifact');
    await writeFile(join(cwd, 'sbom.json'), '{"sbom":true}');
    const app = `${host}/oras/app:one`;
    const push = () => oras('push', plain, '--artifact-type', 'application/vnd.example.app', app, 'app.txt:text/plain');
    await push();
    await oras('attach', plain, '--artifact-type', 'application/vnd.example.sbom', app, 'sbom.json:application/json');
    const found = await oras('discover', plain, '--format', 'json', app);
    assert.match(found.stdout, /vnd\.example\.sbom/);
    await oras('copy', '--recursive', '--from-plain-http', '--to-plain-http', app, `${host}/oras/copy:one`);
    const copied = await oras('discover', plain, '--format', 'json', `${host}/oras/copy:one`);
    assert.match(copied.stdout, /vnd\.example\.sbom/);
    await assertRepushIsFree(site, 'oras/app', push);
    await oras('pull', plain, '--output', 'pulled', app);
    assert.match((await oras('repo', 'tags', plain, `${host}/oras/app`)).stdout, /^one$/m);
    await oras('manifest', 'delete', plain, '--force', app);
  },
};

export const helm: ClientTest = {
  name: 'helm',
  programs: ['helm', 'aws'],
  async run(site) {
    const { host } = site.server;
    const cwd = await site.folder('helm');
    const helm = (...args: readonly string[]) => site.run('helm', args, { cwd });
    await site.createRepository('charts/demo');
    await site.run('helm', ['registry', 'login', '--plain-http', '--username', 'AWS', '--password-stdin', host], {
      input: await site.password(),
    });
    await helm('create', 'demo');
    await helm('package', 'demo', '--version', '1.2.3+build.4');
    await helm('push', '--plain-http', 'demo-1.2.3+build.4.tgz', `oci://${host}/charts`);
    assert.match(await digestInRegistry(site, 'charts/demo', '1.2.3_build.4'), /^sha256:/);
    await helm(
      'pull',
      '--plain-http',
      `oci://${host}/charts/demo`,
      '--version',
      '1.2.3+build.4',
      '--untar',
      '--untardir',
      'pulled',
    );
  },
};

export const cosign: ClientTest = {
  name: 'cosign',
  programs: ['cosign', 'crane', 'aws'],
  async run(site) {
    const { host } = site.server;
    const cwd = await site.folder('cosign');
    const env = { COSIGN_PASSWORD: 'not a secret: this key lives as long as the test' };
    const cosign = (...args: readonly string[]) => site.run('cosign', args, { cwd, env });
    await site.createRepository('cosign/app');
    await login(site, 'cosign');
    await login(site, 'crane', 'auth');
    const { folder } = await site.layout({ tag: 'one' });
    await site.run('crane', ['push', folder, `${host}/cosign/app:one`]);
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
  const args = [...before, 'login', '--username', 'AWS', '--password', password, site.server.host];
  await site.run(program, args);
}
