// Nothing of what a site was told in confidence stands in clear on a disk: not while it runs, not after a kill, not
// after a clean stop; nor among the arguments and variables of its processes.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { postSigned } from '../src/cli/client/send.ts';
import { administratorOf } from './support/administrator.ts';
import { openHouse } from './support/house.ts';
import { type Found, Markers } from './support/markers.ts';
import { plantInIam } from './support/plant-in-iam.ts';
import { plantInKms } from './support/plant-in-kms.ts';
import { plantInRepository } from './support/plant-in-registry.ts';
import { openPlanting, type Planting, policyWith } from './support/planting.ts';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from './support/server-process.ts';

/** What stands in clear on purpose: the search must find it. */
const control = 'control-0a4c6e-in-clear';

/** Where each marker was found, one line each. */
const linesOf = (found: readonly Found[]) => found.map(({ marker, form, place }) => `${marker} as ${form} in ${place}`);

/** Requests that are no good, with a marker in each part that may be quoted. */
async function plantInRefusals({ markers, options, oci }: Planting): Promise<void> {
  const { credentials, region } = options;
  const target = { endpoint: new URL(options.endpoint), region, credentials, authority: undefined };
  const post = (service: string, operation: string, body: string) => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': operation };
    return postSigned(target, { service, headers, body });
  };
  const ecr = 'AmazonEC2ContainerRegistry_V20150921';
  const bodies = [
    `{"repositoryName": "x", "policyText": "${markers.text('JSON that does not end')}`,
    `{"repositoryName": "x", "policyText": {"a": "${markers.text('text that is a structure')}"}}`,
    `{"repositoryName": "none", "policyText": "${markers.text('policy of no repository')}"}`,
    `{"policyText": "${markers.text('policy without a name')}"}`,
  ];
  for (const body of bodies) assert.notEqual((await post('ecr', `${ecr}.SetRepositoryPolicy`, body)).status, 200);
  const plaintext = Buffer.from(markers.text('plaintext of a bad request')).toString('base64');
  for (const KeyId of ['"x"', '7', 'null']) {
    const body = `{"KeyId": ${KeyId}, "Plaintext": "${plaintext}"}`;
    assert.notEqual((await post('kms', 'TrentService.Encrypt', body)).status, 200);
  }
  const token = markers.text('session token in a URL');
  const signature = `X-Amz-Signature=${markers.text('signature')}&X-Amz-Algorithm=AWS4-HMAC-SHA256`;
  await oci.send('GET', `/v2/?X-Amz-Security-Token=${token}&${signature}`);
  const headers = { authorization: `Bearer ${markers.text('bearer token')}` };
  await oci.send('GET', '/v2/', undefined, headers);
  await oci.send('GET', '/v2/', undefined, { ...headers, 'x-amz-security-token': markers.text('token in a header') });
  await oci.send('GET', '/v2/', undefined, { cookie: `session=${markers.text('cookie')}` });
}

/** The process and all below it. */
async function processesFrom(pid: number): Promise<readonly number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = new Map<number, number>();
  for (const name of names) {
    const text = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    parents.set(Number(name), Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = [pid];
  for (const one of found) found.push(...[...parents].filter(([, parent]) => parent === one).map(([child]) => child));
  return found;
}

describe('a site with two workers that was told everything', () => {
  const markers = new Markers();
  let root: string;
  let data: string;
  let temporary: string;
  let server: ServerProcess;
  const lines: string[] = [];

  const start = async () => {
    const args = ['--workers', '2', '--config', join(root, 'sallyport.yaml')];
    server = await startServer({ dataFolder: data, args, environment: { TMPDIR: temporary } });
  };
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-clear-'));
    [data, temporary] = [join(root, 'data'), join(root, 'tmp')];
    await mkdir(temporary);
    await writeFile(join(root, 'sallyport.yaml'), 'regions: [us-east-1, eu-west-1]\n');
    await start();
    const options = await administratorOf(data, server.url);
    const sts = new STSClient(options);
    const { Account = '' } = await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();
    const planting = await openPlanting(markers, options, Account);
    await planting.ecr.send(new CreateRepositoryCommand({ repositoryName: control }));
    const kmsKey = await plantInKms(planting);
    await plantInRepository(planting, 'own', undefined);
    await plantInRepository(planting, 'keyed', { encryptionType: 'KMS', kmsKey });
    await plantInRepository(planting, 'twice', { encryptionType: 'KMS_DSSE', kmsKey });
    await plantInIam(planting);
    await plantInRefusals(planting);
    planting.close();
  });
  after(async () => {
    await server.dispose();
    await rm(root, { recursive: true, force: true });
  });

  /** The lines that were found, in every file and in what the server has said; the files that were looked at. */
  async function search() {
    const [inData, inTemporary] = [await markers.below(data), await markers.below(temporary)];
    const inLog = markers.in(Buffer.from([...lines, ...server.lines].join('\n')), 'the log');
    return { found: linesOf([...inData.found, ...inTemporary.found, ...inLog]), files: inData.files };
  }

  test('while it runs: not in files, the log of the database included, nor in what it says', async () => {
    assert.ok(markers.count > 90, `${markers.count} markers were planted`);
    const { found, files } = await search();
    assert.deepEqual(found, []);
    const names = files.map((file) => file.slice(data.length + 1));
    for (const name of ['sallyport.db', 'sallyport.db-wal', 'sallyport.db-shm', 'audit/head']) {
      assert.ok(names.includes(name), name);
    }
    assert.ok((await stat(join(data, 'sallyport.db-wal'))).size > 100_000);
    assert.ok(names.filter((name) => name.startsWith('blobs/objects/')).length > 15, names.join());
    for (const audit of ['audit', 'workers/2/audit']) assert.ok(names.includes(`${audit}/audit-000000000001.jsonl`));
  });

  test('while it runs: not among arguments and variables, and in no core dump', async () => {
    const pids = await processesFrom(server.pid);
    assert.ok(pids.length >= 3, `${pids.length} processes`);
    for (const pid of pids) {
      for (const name of ['cmdline', 'environ']) {
        assert.deepEqual(linesOf(markers.in(await readFile(`/proc/${pid}/${name}`), `${name} of ${pid}`)), []);
      }
      assert.equal(Number.parseInt(await readFile(`/proc/${pid}/coredump_filter`, 'latin1'), 16), 0);
    }
  });

  test('what stands in clear on purpose is found by the same search', async () => {
    const known = new Markers();
    known.secret('a name', control);
    const { found } = await known.below(data);
    const places = found.map(({ place }) => place.slice(data.length + 1));
    assert.ok(places.some((place) => place.startsWith('sallyport.db')));
    assert.ok(places.some((place) => place.includes('audit/audit-')));
  });

  test('after a kill', async () => {
    lines.push(...server.lines);
    await server.kill();
    assert.deepEqual((await search()).found, []);
  });

  test('after the start that follows, and after a clean stop', async () => {
    await start();
    assert.deepEqual((await search()).found, []);
    assert.equal(await server.stop(), 0);
    const { found, files } = await search();
    assert.deepEqual(found, []);
    assert.ok(!files.some((file) => file.endsWith('-wal')));
    const args = [join(checkoutFolder, 'src/main.ts'), 'audit', 'read', '--json', '--data', data];
    const { stdout } = await runCommand(process.execPath, args, { timeoutMs: 60_000 });
    const opened = new Set(markers.in(Buffer.from(stdout), 'audit read').map(({ marker }) => marker));
    for (const policy of ['key policy', 'policy of a user', 'trust policy', 'policy of a replica']) {
      assert.ok(opened.has(policy), `${policy} is opened`);
    }
    const others = [...opened].filter((marker) => !/polic/.test(marker));
    assert.deepEqual(others, [], 'nothing but policies is in the records');
  });
});

test('the search finds a marker in whatever form, and a policy that was asked to stand in clear', async () => {
  const markers = new Markers();
  const text = markers.text('it');
  const formOf = (bytes: string | Buffer) => linesOf(markers.in(Buffer.from(bytes), 'x'));
  assert.deepEqual(formOf(`{"a":"${text}"}`), ['it as raw in x']);
  assert.deepEqual(formOf(Buffer.from(text).toString('hex')), ['it as hex in x']);
  for (const before of ['', 'a', 'ab', 'abc']) {
    assert.deepEqual(formOf(Buffer.from(`${before}${text}z`).toString('base64')), ['it as base64 in x'], before);
    assert.deepEqual(formOf(Buffer.from(`${before}${text}z`).toString('base64url')), ['it as base64 in x'], before);
  }
  assert.deepEqual(formOf(text.slice(0, -1)), []);
  const house = await openHouse('audit: {documents: clear}');
  try {
    const { iam } = (await house.user('ana', ['AdministratorAccess'])) as typeof house.administrator;
    const PolicyDocument = policyWith(markers, 'a policy', { Action: 'ecr:*', Resource: '*' });
    await iam.send(new PutUserPolicyCommand({ UserName: 'ana', PolicyName: 'own', PolicyDocument }));
    const { found } = await markers.below(house.dataFolder);
    assert.match(linesOf(found).join('\n'), /^a policy as raw in \S*audit-000000000001\.jsonl$/);
  } finally {
    await house.dispose();
  }
});
