// Start, stop and the command line as processes: files and modes, refusals in one line, signals, exit codes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from './support/administrator.ts';
import { imageManifestType, ociClient } from './support/oci-client.ts';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from './support/server-process.ts';

const marker = 'marker-8d1f0c77-never-in-clear';

function sallyport(args: readonly string[], codes: readonly number[], env: Record<string, string> = {}) {
  return runCommand(process.execPath, [join(checkoutFolder, 'src/main.ts'), ...args], {
    codes,
    env,
    timeoutMs: 20_000,
  });
}

/** Every regular file below a folder. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

describe('a running site', () => {
  let root: string;
  let data: string;
  let server: ServerProcess;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-start-'));
    data = join(root, 'data');
    server = await startServer({ dataFolder: data });
  });
  after(async () => {
    await server.dispose();
    await rm(root, { recursive: true, force: true });
  });

  test('prints the ready line, three commands and no secret', async () => {
    assert.match(server.lines[0] ?? '', /^Sallyport is ready at http:\/\/127\.0\.0\.1:\d+$/);
    const text = server.lines.join('\n');
    assert.match(text, /aws ecr get-login-password \| (docker|podman) login .*--username AWS --password-stdin 127/);
    assert.match(text, /aws ecr create-repository --repository-name demo/);
    assert.match(text, /(docker|podman) push .*127\.0\.0\.1:\d+\/demo:hello/);
    const { credentials } = await administratorOf(data, server.url);
    assert.ok(!text.includes(credentials.secretAccessKey) && !text.includes(credentials.accessKeyId));
  });

  test('everything that it made is private', async () => {
    assert.equal(await modeOf(data), '700');
    const files = await filesBelow(data);
    assert.ok(files.length > 5);
    for (const file of files) assert.equal((await modeOf(file)).slice(1), '00', file);
    assert.match(
      await readFile(join(data, 'aws/config'), 'utf8'),
      /^\[default\]\nregion = us-east-1\nendpoint_url = http/,
    );
  });

  test('a second instance is refused with the pid of the first', async () => {
    const { stderr, stdout } = await sallyport(['serve', '--data', data, '--listen', '127.0.0.1:0'], [4]);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`in use by the server with pid ${server.pid}\\.\\n$`));
  });

  test('an account made beside it works at once', async () => {
    const made = await sallyport(['account', 'create', '--name', 'other', '--json', '--data', data], [0]);
    const { accountId, profile } = JSON.parse(made.stdout) as { accountId: string; profile: string };
    const options = await administratorOf(data, server.url, profile);
    const ecr = new ECRClient(options);
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'theirs' }));
    ecr.destroy();
    assert.equal(repository?.registryId, accountId);
    assert.equal(
      repository?.repositoryUri,
      `${accountId}.dkr.ecr.us-east-1.localhost:${new URL(server.url).port}/theirs`,
    );
    const listed = await sallyport(['account', 'list', '--data', data], [0]);
    assert.equal(listed.stdout.trim().split('\n').length, 2);
  });

  test('what was pushed stands nowhere in clear, whatever key it is under', async () => {
    const options = await administratorOf(data, server.url);
    const ecr = new ECRClient(options);
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'marked' }));
    ecr.destroy();
    const client = ociClient(server.host, await registryAuthorization(options));
    const { manifest } = await client.pushImage('marked', 'one', [Buffer.from(`a layer with ${marker}`)]);
    const annotated = { ...(JSON.parse(manifest.toString()) as object), annotations: { note: marker } };
    const body = Buffer.from(JSON.stringify(annotated));
    const type = { 'content-type': imageManifestType };
    assert.equal((await client.send('PUT', '/v2/marked/manifests/two', body, type)).status, 201);
    assert.deepEqual((await client.send('GET', '/v2/marked/manifests/two')).body, body);
    client.close();
    for (const file of await filesBelow(data)) assert.ok(!(await readFile(file)).includes(marker), file);
  });

  test('readiness, liveness and metrics answer on the management listener', async () => {
    const line = server.lines.find((one) => one.startsWith('Management:')) ?? '';
    const base = /(http:\S+)\/readyz/.exec(line)?.[1];
    for (const path of ['livez', 'readyz']) assert.equal((await fetch(`${base}/${path}`)).status, 200);
    const metrics = await (await fetch(`${base}/metrics`)).text();
    assert.match(metrics, /^sallyport_requests_total\{door="oci",operation="PutManifest",status="201"\} 2$/m);
    assert.equal((await fetch(`${base}/v2/`)).status, 404);
    assert.equal((await fetch(`${server.url}/metrics`)).status, 404);
  });

  test('SIGTERM lets a running upload finish, and the exit code is 0', async () => {
    const authorization = await registryAuthorization(await administratorOf(data, server.url));
    const client = ociClient(server.host, authorization);
    const started = await client.send('POST', '/v2/marked/blobs/uploads/', Buffer.alloc(0));
    const url = new URL(started.headers.location ?? '', server.url);
    const headers = { authorization, 'content-length': '2', expect: '100-continue' };
    const upload = request(url, { method: 'PATCH', headers });
    upload.flushHeaders();
    await once(upload, 'continue');
    upload.write('a');
    const port = Number(new URL(server.url).port);
    const stopped = server.stop();
    await untilRefused(port);
    upload.end('b');
    const [answer] = (await once(upload, 'response')) as [{ statusCode: number; resume(): void }];
    answer.resume();
    assert.equal(answer.statusCode, 202);
    assert.equal(await stopped, 0);
    client.close();
  });

  test('the next start keeps account and key, and points the profile at its new address', async () => {
    const before = await administratorOf(data, server.url);
    server = await startServer({ dataFolder: data });
    const options = await administratorOf(data, server.url);
    assert.deepEqual(options.credentials, before.credentials);
    const config = await readFile(join(data, 'aws/config'), 'utf8');
    assert.equal(config.split(`endpoint_url = ${server.url}\n`).length, 3, 'both profiles');
    await registryAuthorization(options);
    assert.equal(await server.stop(), 0);
  });

  test('audit verify passes, and fails by name after one byte was changed', async () => {
    const verify = ['audit', 'verify', '--data', data];
    const good = await sallyport(verify, [0]);
    assert.match(good.stdout, /\d+ records in \d+ batches: the chain holds/);
    const [log = ''] = (await filesBelow(join(data, 'audit'))).filter((file) => file.endsWith('.jsonl'));
    const bytes = await readFile(log);
    const at = bytes.indexOf('"eventName":"PutImage"') + 14;
    bytes[at] = 'Q'.charCodeAt(0);
    await writeFile(log, bytes);
    const line = bytes.subarray(0, at).toString().split('\n').length;
    const bad = await sallyport(verify, [1]);
    assert.match(bad.stdout, new RegExp(`\\.jsonl:${line}: `));
    assert.match(bad.stdout, /THE CHAIN IS BROKEN/);
    const json = await sallyport([...verify, '--json'], [1]);
    assert.ok((JSON.parse(json.stdout) as { problems: object[] }).problems.length > 0);
  });
});

/** Resolves once the port takes no connection any more: stopping has begun. */
async function untilRefused(port: number): Promise<void> {
  for (;;) {
    const accepted = await fetch(`http://127.0.0.1:${port}/v2/`, { headers: { connection: 'close' } }).then(
      () => true,
      () => false,
    );
    if (!accepted) return;
  }
}

describe('a site that cannot start says why in one line', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-refused-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  const refused = async (args: readonly string[], code: number, text: RegExp) => {
    const { stderr } = await sallyport(['serve', ...args], [code]);
    assert.match(stderr, text);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  };

  test('a taken port', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const args = ['--data', join(root, 'taken'), '--listen', `127.0.0.1:${port}`];
    await refused(args, 1, new RegExp(`127\\.0\\.0\\.1:${port} is taken by another process\\.`));
    holder.close();
  });

  test('plaintext beyond loopback, unless it was allowed', async () => {
    await refused(
      ['--data', join(root, 'plain'), '--listen', '0.0.0.0:0'],
      3,
      /Refusing to listen on 0\.0\.0\.0 without TLS/,
    );
    await assert.rejects(stat(join(root, 'plain')), /ENOENT/, 'nothing was made');
    const management = join(root, 'management.yaml');
    await writeFile(management, 'managementListen: 0.0.0.0:0\n');
    await refused(['--config', management, '--data', join(root, 'plain'), '--listen', '127.0.0.1:0'], 3, /0\.0\.0\.0/);
    const file = join(root, 'allowed.yaml');
    await writeFile(file, 'allowPlaintext: true\n');
    const server = await startServer({
      dataFolder: join(root, 'allowed'),
      listen: '0.0.0.0:0',
      args: ['--config', file],
    });
    assert.equal(await server.stop(), 0);
  });

  test('a data folder that is a file', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await refused(
      ['--data', file, '--listen', '127.0.0.1:0'],
      4,
      /The data folder .* cannot be used: (EEXIST|ENOTDIR)/,
    );
  });

  test('a configuration with an unknown key, and one with a wrong value', async () => {
    const file = join(root, 'bad.yaml');
    await writeFile(file, 'data: /nowhere\nlistne: 127.0.0.1:1\n');
    await refused(['--config', file], 3, /bad\.yaml:2: listne is no key of the configuration; did you mean listen\?/);
    await writeFile(file, 'tokens:\n  registryLifeSeconds: 5\n');
    await refused(
      ['--config', file],
      3,
      /bad\.yaml:2: tokens\.registryLifeSeconds must be a number of seconds from 60/,
    );
  });

  test('a lost root key', async () => {
    const data = join(root, 'lost');
    const server = await startServer({ dataFolder: data });
    await server.stop();
    await rm(join(data, 'keys/root.key'));
    await refused(['--data', data, '--listen', '127.0.0.1:0'], 1, /root key/i);
  });

  test('certificate files that are no certificate', async () => {
    const file = join(root, 'tls.yaml');
    await writeFile(join(root, 'tls.crt'), 'rubbish');
    await writeFile(file, `tls: {certificate: ${root}/tls.crt, key: ${root}/tls.crt}\n`);
    const args = ['--config', file, '--data', join(root, 'tls'), '--listen', '127.0.0.1:0'];
    await refused(args, 1, /The TLS files .*tls\.crt and .*tls\.crt cannot be used: /);
  });

  test('commands that look at a site make none', async () => {
    const data = join(root, 'typo');
    for (const command of [
      ['account', 'list'],
      ['account', 'create'],
      ['audit', 'verify'],
    ]) {
      const { stderr } = await sallyport([...command, '--data', data], [4]);
      assert.match(stderr, /^There is no site in .*typo: the first start makes one, or name another --data\.\n$/);
    }
    await assert.rejects(stat(data), /ENOENT/);
  });

  test('wrong usage', async () => {
    assert.match((await sallyport(['serve', '--nonsense'], [2])).stderr, /unknown option '--nonsense'/);
    assert.match((await sallyport(['unknown'], [2])).stderr, /unknown command 'unknown'/);
    assert.match((await sallyport(['--help'], [0])).stdout, /Exit codes: 0 done; 1 failed/);
  });
});

test('a terminal tells everybody to stop, and the launcher passes it on: both are one signal', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-twice-'));
  const server = await startServer({ dataFolder: join(root, 'data') });
  try {
    const exited = server.stop();
    process.kill(server.pid, 'SIGTERM');
    process.kill(server.pid, 'SIGINT');
    assert.equal(await exited, 0);
  } finally {
    await server.dispose();
    await rm(root, { recursive: true, force: true });
  }
});

test('self-signed TLS: clients that trust the local CA get through, others do not', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-tls-'));
  const file = join(root, 'tls.yaml');
  await writeFile(file, 'tls: self-signed\n');
  const server = await startServer({ dataFolder: join(root, 'data'), args: ['--config', file] });
  try {
    assert.match(server.url, /^https:/);
    const authority = /local CA: (\S+)/.exec(server.lines.join('\n'))?.[1] ?? '';
    assert.equal(await modeOf(join(root, 'data/tls/ca.key')), '600');
    const report = '(answer) => console.log(answer.status), (error) => console.log(error.cause.code)';
    const code = `fetch('${server.url}/v2/').then(${report})`;
    const trusting = await runCommand(process.execPath, ['-e', code], { env: { NODE_EXTRA_CA_CERTS: authority } });
    assert.equal(trusting.stdout.trim(), '401');
    const strange = await runCommand(process.execPath, ['-e', code]);
    assert.match(strange.stdout, /CERT|VERIFY/);
    const profiles = () => readFile(join(root, 'data/aws/config'), 'utf8');
    assert.match(await profiles(), new RegExp(`^ca_bundle = ${authority}$`, 'm'));
    await sallyport(['account', 'create', '--config', file, '--data', join(root, 'data')], [0]);
    assert.equal((await profiles()).split(`ca_bundle = ${authority}\n`).length, 3, 'in both profiles');
    assert.equal(await server.stop(), 0);
    await writeFile(file, 'region: eu-west-1\n');
    const plain = await startServer({ dataFolder: join(root, 'data'), args: ['--config', file] });
    const expected = `region = eu-west-1\nendpoint_url = ${plain.url}\n`;
    assert.equal((await profiles()).split(expected).length, 3, await profiles());
    assert.doesNotMatch(await profiles(), /ca_bundle/);
    assert.equal(await plain.stop(), 0);
  } finally {
    await server.dispose();
    await rm(root, { recursive: true, force: true });
  }
});
