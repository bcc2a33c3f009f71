// A site whose root key is in several hands, or under a passphrase: sealed at the start, with a reason at every door,
// open once enough was given, with one process and with several; and a root key that is replaced while it serves.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { askServer } from '../src/site/keys/control.ts';
import { administratorOf, registryAuthorization } from './support/administrator.ts';
import { ociClient } from './support/oci-client.ts';
import { hostRecordsOf } from './support/rooted-site.ts';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from './support/server-process.ts';

const repository = 'sealed/app';
const passphrase = 'correct horse battery staple';
const wrong = 'wrong horse battery staple';

for (const workers of ['1', '2']) {
  describe(`a site with ${workers} processes`, () => {
    let root: string;
    let data: string;
    let server: ServerProcess;
    let authorization: string;
    let shares: readonly string[];

    const start = async () => {
      server = await startServer({ dataFolder: data, args: ['--workers', workers] });
    };
    const cli = (args: readonly string[], input = '', codes: readonly number[] = [0]) =>
      runCommand(process.execPath, [join(checkoutFolder, 'src/main.ts'), ...args, '--data', data, '--secret-fd', '0'], {
        ...{ input, codes },
      });
    /** As the command does, without the time that a process takes to start. */
    const unseal = (line: string) =>
      askServer(data, { ask: 'give', line }).then(
        (answer) => answer?.text ?? assert.fail('nobody answers'),
        (error: unknown) => (error as Error).message,
      );
    const pull = async () => {
      const client = ociClient(server.host, authorization);
      const { status } = await client.send('GET', `/v2/${repository}/manifests/latest`);
      client.close();
      return status;
    };
    const unseals = async () => {
      const records = (await hostRecordsOf(data)).filter(({ eventName }) => eventName === 'UnsealSite');
      return records.map(({ requestParameters, errorMessage }) => ({ ...requestParameters, errorMessage }));
    };
    const readiness = async () => {
      const url = /(http:\S+)\/readyz/.exec(server.lines.join('\n'))?.[1];
      const answer = await fetch(`${url}/readyz`);
      return { status: answer.status, text: await answer.text() };
    };

    before(async () => {
      root = await mkdtemp(join(tmpdir(), 'sallyport-sealed-'));
      data = join(root, 'data');
      await start();
      const options = await administratorOf(data, server.url);
      const ecr = new ECRClient(options);
      await ecr.send(new CreateRepositoryCommand({ repositoryName: repository }));
      ecr.destroy();
      authorization = await registryAuthorization(options);
      const client = ociClient(server.host, authorization);
      await client.pushImage(repository, 'latest', [Buffer.from('a layer')]);
      client.close();
    });
    after(async () => {
      await server.dispose();
      await rm(root, { recursive: true, force: true });
    });

    test('its root key is replaced by shares while it serves, and nobody notices', async () => {
      const before = await readFile(join(data, 'keys/root.key'), 'latin1');
      const args = ['rootkey', 'rotate', '--provider', 'shamir', '--shares', '3', '--threshold', '2'];
      assert.match((await cli(args, 'no\n', [1])).stderr, /Nothing was changed/);
      assert.equal(await readFile(join(data, 'keys/root.key'), 'latin1'), before);
      const { stdout, stderr } = await cli(args, 'yes\n');
      shares = stdout.trim().split('\n');
      assert.equal(shares.length, 3);
      assert.match(stderr, /The root key is [0-9a-f]{16} now, kept by shamir.*\n\d key domains are under it/s);
      assert.equal(await pull(), 200);
      const client = ociClient(server.host, await registryAuthorization(await administratorOf(data, server.url)));
      await client.pushImage(repository, 'latest', [Buffer.from('another layer')]);
      client.close();
      assert.deepEqual((await readdir(join(data, 'keys'))).toSorted(), ['root.key', 'site.key']);
      assert.equal((await stat(join(data, 'control.sock'))).mode & 0o777, 0o600);
    });

    test('a start without shares is sealed: each door says so in its own shape', async () => {
      assert.equal(await server.stop(), 0);
      await start();
      assert.match(server.lines.join('\n'), /sealed at http.*0 of 2 shares have been given/);
      const reason = 'The site is sealed: 0 of 2 shares have been given (sallyport unseal).';
      const oci = await fetch(`${server.url}/v2/`, { headers: { authorization } });
      assert.deepEqual([oci.status, await oci.json()], [503, { errors: [{ code: 'UNKNOWN', message: reason }] }]);
      const options = await administratorOf(data, server.url);
      const [ecr, iam] = [new ECRClient(options), new IAMClient(options)];
      const shaped = { name: 'ServiceUnavailableException', message: reason };
      await assert.rejects(ecr.send(new DescribeRepositoriesCommand({})), shaped);
      await assert.rejects(iam.send(new ListUsersCommand({})), { name: 'ServiceUnavailable', message: reason });
      ecr.destroy();
      iam.destroy();
      const plain = await fetch(`${server.url}/somewhere`);
      assert.deepEqual([plain.status, await plain.text()], [503, `${reason}\n`]);
      assert.equal((await readiness()).status, 503);
      assert.match(
        (await cli(['rootkey', 'status'])).stdout,
        /kept by shamir, in use since .*\nserver: The site is sealed/,
      );
    });

    test('a wrong share is named; the second right one opens the site, with what was issued before', async () => {
      const [first = '', second = ''] = shares;
      assert.match(await unseal('nonsense'), /This is no share/);
      assert.match(
        await unseal(`${first.slice(0, -1)}${first.endsWith('0') ? '1' : '0'}`),
        /Share 1 was not copied right/,
      );
      assert.match(await unseal(first), /1 of 2 shares/);
      assert.match(await unseal(first), /Share 1 has been given already/);
      assert.equal(await pull(), 503);
      assert.match((await cli(['unseal'], `${second}\n`)).stdout, /The site is unsealed/);
      assert.equal(await pull(), 200);
      assert.equal((await readiness()).status, 200);
      assert.match(await unseal(second), /open already/);
      await server.said(/aws ecr create-repository --repository-name demo/);
      assert.match(server.lines.join('\n'), /Sallyport is ready at http.*\n\n {2}AWS_CONFIG_FILE=.* login /);
      assert.equal((await cli(['audit', 'verify'], `${shares.slice(1).join('\n')}\n`)).code, 0);
    });

    test('that it was opened, and what was refused before, is in the audit of the host', async () => {
      const [noShare, slip, again, opened, ...more] = await unseals();
      assert.deepEqual(more, []);
      assert.match(noShare?.errorMessage ?? '', /This is no share/);
      assert.match(slip?.errorMessage ?? '', /Share 1 was not copied right/);
      assert.match(again?.errorMessage ?? '', /Share 1 has been given already/);
      const { rootKeyId, attemptedAt } = { rootKeyId: '', attemptedAt: '', ...slip };
      assert.match(rootKeyId, /^[0-9a-f]{16}$/);
      assert.ok(Math.abs(Date.parse(attemptedAt) - Date.now()) < 600_000);
      const how = { rootKeyId, provider: 'shamir', from: 'control-socket', shares: [1, 2] };
      assert.deepEqual(opened, { ...how, errorMessage: undefined });
      await assert.rejects(stat(join(data, 'host/refused-unseals.json')), { code: 'ENOENT' });
    });

    test('a passphrase takes over; commands at the host and a start ask for it', async () => {
      await cli(['rootkey', 'rotate', '--provider', 'passphrase'], `${passphrase}\n${passphrase}\n`);
      assert.equal(await pull(), 200);
      assert.equal(await server.stop(), 0);
      assert.match((await cli(['account', 'list'], '', [1])).stderr, /its passphrase has not been given yet/);
      assert.match((await cli(['account', 'list'], 'something else\n', [1])).stderr, /not the passphrase/);
      assert.match((await cli(['account', 'list'], `${passphrase}\n`)).stdout, /home/);
      await start();
      assert.equal(await pull(), 503);
      assert.match(await unseal(wrong), /This is not the passphrase of the root key/);
      assert.match(await server.said(/an unseal was refused/), /This is not the passphrase/);
      // Nothing could be recorded yet: it is not forgotten with the process.
      assert.equal(await server.stop(), 0);
      await start();
      assert.match(await unseal(passphrase), /The site is unsealed/);
      assert.equal(await pull(), 200);
      const [refused, opened] = (await unseals()).slice(-2);
      assert.match(refused?.errorMessage ?? '', /This is not the passphrase of the root key/);
      const { provider, from, errorMessage } = { provider: '', from: '', ...opened };
      assert.deepEqual([provider, from, errorMessage], ['passphrase', 'control-socket', undefined]);
    });

    test('a backup under another passphrase is a root key file, and no secret is in log or audit', async () => {
      const file = join(root, 'backup.key');
      const other = 'paper in a safe far away';
      await cli(
        ['rootkey', 'backup', '--provider', 'passphrase', '--out', file],
        `${other}\n${other}\n${passphrase}\n`,
      );
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.equal(await server.stop(), 0);
      const log = server.lines.join('\n');
      await rm(join(data, 'keys/root.key'));
      await runCommand('cp', [file, join(data, 'keys/root.key')]);
      await start();
      assert.match(await unseal(other), /The site is unsealed/);
      assert.equal(await pull(), 200);
      const verified = await cli(['verify'], `${other}\n`);
      assert.match(verified.stdout, /Nothing is damaged/);
      const host = join(data, 'host/audit');
      const [name = ''] = (await readdir(host)).filter((one) => one.endsWith('.jsonl'));
      const audit = await readFile(join(host, name), 'utf8');
      assert.match(audit, /RotateRootKey/);
      assert.match(audit, /BackupRootKey/);
      const secrets = [passphrase, wrong, other, ...shares.map((line) => line.split('-')[5] ?? assert.fail())];
      for (const secret of secrets) assert.equal((log + audit).includes(secret), false);
    });
  });
}
