// Several processes that serve one site: the same answers from each, changes seen by all, one audit chain a process.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { type AdministratorOptions, administratorOf, registryAuthorization } from './support/administrator.ts';
import { type OciClient, ociClient } from './support/oci-client.ts';
import { runCommand } from './support/run-command.ts';
import { runAs } from './support/sallyport-client.ts';
import { checkoutFolder, type ServerProcess, startServer } from './support/server-process.ts';

const repository = 'shared/app';
const connections = 6;

interface WorkerRecord {
  readonly eventName: string;
  readonly errorCode?: string;
  readonly requestID: string;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
}

describe('a site with two workers', () => {
  let root: string;
  let server: ServerProcess;
  let administrator: AdministratorOptions;
  let clients: readonly OciClient[] = [];

  const connect = async (options: AdministratorOptions) => {
    const authorization = await registryAuthorization(options);
    return Array.from({ length: connections }, () => ociClient(server.host, authorization));
  };
  /** What every connection, and so every worker, answers. */
  const ask = (all: readonly OciClient[], path: string) =>
    Promise.all(all.map(async (client) => (await client.send('GET', path)).status));
  const management = () => /(http:\S+)\/readyz/.exec(server.lines.join('\n'))?.[1];

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-workers-'));
    server = await startServer({ dataFolder: join(root, 'data'), args: ['--workers', '2'] });
    administrator = await administratorOf(server.dataFolder, server.url);
    const ecr = new ECRClient(administrator);
    await ecr.send(new CreateRepositoryCommand({ repositoryName: repository }));
    ecr.destroy();
    clients = await connect(administrator);
  });
  after(async () => {
    await server.dispose();
    await rm(root, { recursive: true, force: true });
  });

  test('images pushed over any connection are pulled over every other', async () => {
    const pushed = await Promise.all(
      clients.map((client, index) => client.pushImage(repository, `tag${index}`, [Buffer.from(`layer ${index}`)])),
    );
    for (const [index, { manifest, layers }] of pushed.entries()) {
      for (const client of clients) {
        const got = await client.send('GET', `/v2/${repository}/manifests/tag${index}`);
        assert.deepEqual(got.body, manifest);
      }
      assert.equal(layers.length, 2);
    }
  });

  test('a tag that moves has moved for everybody', async () => {
    for (let round = 0; round < 10; round += 1) {
      const writer = clients[round % connections];
      const { digest } = (await writer?.pushImage(repository, 'moving', [Buffer.from(`round ${round}`)])) ?? {};
      const seen = await Promise.all(
        clients.map(async (client) => {
          const { headers } = await client.send('HEAD', `/v2/${repository}/manifests/moving`);
          return headers['docker-content-digest'];
        }),
      );
      assert.deepEqual(seen, Array(connections).fill(digest));
    }
  });

  test('a changed policy and a dead key bite on the next request, whoever serves it', async () => {
    const iam = new Iam.IAMClient(administrator);
    const UserName = 'puller';
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
    await iam.send(new Iam.CreateUserCommand({ UserName }));
    await iam.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn }));
    const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
    const pullers = await connect({ ...administrator, credentials: { accessKeyId, secretAccessKey } });
    const path = `/v2/${repository}/manifests/moving`;
    for (let round = 0; round < 5; round += 1) {
      assert.deepEqual(await ask(pullers, path), Array(connections).fill(200));
      await iam.send(new Iam.DetachUserPolicyCommand({ UserName, PolicyArn }));
      assert.deepEqual(await ask(pullers, path), Array(connections).fill(403));
      await iam.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn }));
    }
    await iam.send(new Iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: accessKeyId }));
    assert.deepEqual(await ask(pullers, path), Array(connections).fill(401));
    for (const client of pullers) client.close();
    iam.destroy();
  });

  test('a closed account is refused on the next request, whoever serves it', async () => {
    const sallyport = (...args: readonly string[]) => {
      const all = [join(checkoutFolder, 'src/main.ts'), 'account', ...args, '--data', server.dataFolder];
      return runCommand(process.execPath, all);
    };
    const made = JSON.parse((await sallyport('create', '--json')).stdout) as Record<'accountId' | 'profile', string>;
    const options = await administratorOf(server.dataFolder, server.url, made.profile);
    const guests = await connect(options);
    assert.deepEqual(await ask(guests, '/v2/'), Array(connections).fill(200));
    await sallyport('close', made.accountId);
    assert.deepEqual(await ask(guests, '/v2/'), Array(connections).fill(401));
    await sallyport('reopen', made.accountId);
    const again = await connect(options);
    assert.deepEqual(await ask(again, '/v2/'), Array(connections).fill(200));
    for (const client of [...guests, ...again]) client.close();
  });

  test('a denial is explained by whichever worker is asked', { timeout: 60_000 }, async () => {
    const iam = new Iam.IAMClient(administrator);
    const UserName = 'stranger';
    await iam.send(new Iam.CreateUserCommand({ UserName }));
    const Statement = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new Iam.PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
    const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName }));
    iam.destroy();
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
    const strangers = await connect({ ...administrator, credentials: { accessKeyId, secretAccessKey } });
    const ids = await Promise.all(
      strangers.map(async (client) => {
        const { status, headers } = await client.send('GET', `/v2/${repository}/manifests/moving`);
        assert.equal(status, 403);
        client.close();
        return String(headers['x-amzn-requestid']);
      }),
    );
    // Which worker takes a connection is not ours to say: each round asks for the denials in another order, until one
    // was explained where it had not happened. The time limit is the end for a site whose workers never do.
    for (let round = 1; ; round += 1) {
      const asked = ids.map((_, index) => ids[(index + round) % ids.length]);
      const answers = await Promise.all(asked.map((id) => runAs({ options: administrator }, 'explain', String(id))));
      for (const [index, { code, out, err }] of answers.entries()) {
        assert.equal(code, 0, err);
        assert.match(out, new RegExp(`^request    ${asked[index]} .*user/stranger.*ecr:BatchGetImage`, 's'));
      }
      const records = await explainedAndDenied(round * ids.length);
      if (records.some(({ told }, index) => told.some((id) => records[1 - index]?.denied.includes(id)))) break;
    }
  });

  /** The ids of what each worker explained and denied, once `count` explanations are recorded. */
  async function explainedAndDenied(count: number) {
    for (;;) {
      // Reads are recorded a moment after they were answered.
      const workers = await Promise.all([auditOf(1), auditOf(2)]);
      const ids = workers.map((records) => ({
        told: records
          .filter(({ eventName, errorCode }) => eventName === 'ExplainDenial' && errorCode === undefined)
          .map(({ requestParameters }) => requestParameters?.['requestId']),
        denied: records
          .filter(({ errorCode }) => errorCode === 'AccessDenied')
          .map(({ requestID }): unknown => requestID),
      }));
      if (ids.flatMap(({ told }) => told).length >= count) return ids;
    }
  }

  /** What a worker has recorded so far. */
  async function auditOf(worker: number): Promise<readonly WorkerRecord[]> {
    const folder = join(server.dataFolder, worker === 1 ? 'audit' : `workers/${worker}/audit`);
    const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    const lines = texts.join('').split('\n');
    return lines.filter((line) => line.includes('"eventName"')).map((line) => JSON.parse(line) as WorkerRecord);
  }

  test('both have worked, and both are ready', async () => {
    const metrics = await (await fetch(`${management()}/metrics`)).text();
    for (const worker of [1, 2]) {
      const line = new RegExp(`^sallyport_requests_total\\{worker="${worker}",door="oci",.*status="200"\\} [1-9]`, 'm');
      assert.match(metrics, line);
    }
    assert.equal((await fetch(`${management()}/readyz`)).status, 200);
  });

  test('a worker that dies is replaced, and nothing that it acknowledged is lost', { timeout: 60_000 }, async () => {
    const pid = await pidOf(2);
    const { unanswered } = await askFrozen(pid);
    process.kill(pid, 'SIGKILL');
    await assert.rejects(unanswered);
    await untilAnother(pid);
    for (const client of clients) client.close();
    clients = await connect(administrator);
    for (let index = 0; index < connections; index += 1) {
      assert.deepEqual(await ask(clients, `/v2/${repository}/manifests/tag${index}`), Array(connections).fill(200));
    }
  });

  /** A question on a connection that the worker was handed and has not taken; those of the other one are answered. */
  async function askFrozen(pid: number): Promise<{ unanswered: Promise<unknown> }> {
    process.kill(pid, 'SIGSTOP');
    const strangers = Array.from({ length: 4 }, () => ociClient(server.host));
    const asked = new Set(strangers.map((client) => client.send('GET', '/v2/')));
    while (asked.size > 1) {
      const one = await Promise.race([...asked].map(async (question) => [question, (await question).status] as const));
      assert.equal(one[1], 401);
      asked.delete(one[0]);
    }
    const [unanswered = assert.fail()] = asked;
    return { unanswered };
  }

  async function pidOf(worker: number): Promise<number> {
    const text = await readFile(join(server.dataFolder, `workers/${worker}/lock`), 'utf8').catch(() => '0');
    return Number(text.split(' ')[0]);
  }

  /** Until the second worker is a new one, and ready: the supervisor lets a few seconds pass between two starts. */
  async function untilAnother(old: number): Promise<void> {
    for (;;) {
      const pid = await pidOf(2);
      if (pid > 0 && pid !== old && (await fetch(`${management()}/readyz`)).status === 200) return;
    }
  }

  test('SIGTERM ends all of them; each has a chain of its own that verifies, and that shows a change', async () => {
    for (const client of clients) client.close();
    assert.equal(await server.stop(), 0, server.lines.join('\n'));
    assert.equal(await pidOf(1), 0);
    const verify = (codes: readonly number[]) => {
      const args = [join(checkoutFolder, 'src/main.ts'), 'audit', 'verify', '--data', server.dataFolder];
      return runCommand(process.execPath, args, { codes });
    };
    const { stdout } = await verify([0]);
    const chains = stdout.trimEnd().split('\n');
    assert.equal(chains.length, 3);
    for (const [index, place] of ['', 'workers/2/audit: ', 'host/audit: '].entries()) {
      assert.match(chains[index] ?? '', new RegExp(`^${place}\\d+ records in \\d+ batches: the chain holds$`));
    }
    const folder = join(server.dataFolder, 'workers/2/audit');
    const [name = ''] = (await readdir(folder)).filter((one) => one.endsWith('.jsonl'));
    const bytes = await readFile(join(folder, name));
    bytes[bytes.indexOf('"eventName":"') + 13] = 0x58;
    await writeFile(join(folder, name), bytes);
    assert.match((await verify([1])).stdout, /^workers\/2\/audit-\d+\.jsonl:\d+: /m);
  });

  test('the next start may have one process again, and finds everything', async () => {
    server = await startServer({ dataFolder: server.dataFolder });
    clients = await connect(await administratorOf(server.dataFolder, server.url));
    assert.deepEqual(await ask(clients, `/v2/${repository}/manifests/moving`), Array(connections).fill(200));
    for (const client of clients) client.close();
    assert.equal(await server.stop(), 0);
  });
});
