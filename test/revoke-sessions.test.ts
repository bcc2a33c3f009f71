// What was issued is listed, and ends when it is revoked: at every process, on the next request.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { GetFederationTokenCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { ApiError } from '../src/cli/client/call.ts';
import type { InputOf } from '../src/services/sallyport/service.ts';
import { administratorOf, registryAuthorization } from './support/administrator.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { ociClient } from './support/oci-client.ts';
import { refusedAs } from './support/refused.ts';
import { callAs, runAs } from './support/sallyport-client.ts';
import { startServer } from './support/server-process.ts';

const allow = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' });

const isRefused =
  (code: string, message = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };

describe('ListSessions and RevokeSessions', () => {
  let house: House;
  let administrator: HouseUser;
  before(async () => {
    house = await openHouse();
    administrator = house.administrator;
    await administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  });
  after(() => house.dispose());
  const list = async (input: InputOf<'ListSessions'>) => (await callAs(administrator, 'ListSessions', input)).sessions;
  const revoke = (input: InputOf<'RevokeSessions'>) => callAs(administrator, 'RevokeSessions', input);
  const works = (user: HouseUser) => user.ecr.send(new DescribeRepositoriesCommand({}));
  const arnOf = (user: string) => `arn:aws:iam::${house.site.home.accountId}:user/${user}`;

  test('a session and a registry token are listed with principal, key, source and times', async () => {
    const ann = await house.user('ann', [], [allow('ecr:*', 'sts:*')]);
    const { Credentials } = await ann.sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    const session = house.session(Credentials);
    const oci = await session.oci();
    assert.equal((await oci.send('GET', '/v2/')).status, 200);
    const found = await list({ principal: arnOf('ann') });
    assert.deepEqual(found.map(({ kind }) => kind).toSorted(), ['registry-token', 'session']);
    for (const one of found) {
      assert.equal(one.accessKeyId, Credentials?.AccessKeyId);
      assert.deepEqual([one.principalArn, one.sourceAddress, one.ended], [arnOf('ann'), '127.0.0.1', undefined]);
      assert.ok(one.expiresAt.getTime() <= (Credentials?.Expiration?.getTime() ?? 0) + 1000);
    }
    const longTerm = ann.options.credentials.accessKeyId;
    assert.equal((await list({ accessKeyId: longTerm, sourceAddress: '127.0.0.0/8' })).length, 2);
    assert.deepEqual(await list({ principal: arnOf('ann'), sourceAddress: '192.0.2.1' }), []);
    assert.deepEqual(await list({ principal: arnOf('ann'), issuedBefore: new Date(0) }), []);
    assert.equal((await list({ sessionId: Credentials?.AccessKeyId ?? '' }))[0]?.kind, 'session');
  });

  test('one token ends, or all of a key, a principal, a source, the account; later ones count', async () => {
    const bob = await house.user('bob', [], [allow('ecr:*', 'sts:*', 'sallyport:*')]);
    const begin = async () => {
      const { Credentials } = await bob.sts.send(new GetFederationTokenCommand({ Name: 'job', Policy: everything }));
      const session = house.session(Credentials);
      await works(session);
      return { session, id: Credentials?.AccessKeyId ?? '' };
    };
    const everything = JSON.stringify({ Version: '2012-10-17', Statement: [allow('*')] });
    const selectors: ReadonlyArray<(id: string) => InputOf<'RevokeSessions'>> = [
      (sessionId) => ({ sessionId }),
      () => ({ accessKeyId: bob.options.credentials.accessKeyId }),
      () => ({ principal: arnOf('bob') }),
      () => ({ principal: `arn:aws:sts::${house.site.home.accountId}:federated-user/job` }),
      () => ({ sourceAddress: '127.0.0.1/32' }),
      () => ({ all: true }),
    ];
    for (const selector of selectors) {
      const { session, id } = await begin();
      await revoke(selector(id));
      await refusedAs(
        'UnrecognizedClientException',
        works(session),
        /security token included in the request is invalid/,
      );
      assert.match((await list({ sessionId: id }))[0]?.ended ?? '', /^revoked by /, JSON.stringify(selector(id)));
      await begin();
    }
    const oci = await bob.oci();
    assert.equal((await oci.send('GET', '/v2/')).status, 200);
    const [token] = await list({ principal: arnOf('bob') });
    await revoke({ sessionId: token?.sessionId ?? '' });
    assert.equal((await oci.send('GET', '/v2/')).status, 401);
    assert.equal((await (await bob.oci()).send('GET', '/v2/')).status, 200);
  });

  test('a time ends what was issued until then and nothing later', async () => {
    const { Credentials } = await administrator.sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    const session = house.session(Credentials);
    const [listed] = await list({ sessionId: Credentials?.AccessKeyId ?? '' });
    const issuedMs = listed?.issuedAt.getTime() ?? 0;
    await revoke({ principal: arnOf('administrator'), issuedBefore: new Date(issuedMs - 1000) });
    await works(session);
    await revoke({ principal: arnOf('administrator') });
    await refusedAs('UnrecognizedClientException', works(session));
  });

  test('a deny on aws:TokenIssueTime, as AWS revokes, also ends registry tokens', async () => {
    const cid = await house.user('cid', [], [allow('ecr:*')]);
    const oci = await cid.oci();
    const get = async () => (await oci.send('GET', '/v2/app/tags/list')).status;
    assert.equal(await get(), 200);
    const deny = (time: Date) => ({
      ...{ Effect: 'Deny', Action: '*', Resource: '*' },
      Condition: { DateLessThan: { 'aws:TokenIssueTime': time.toISOString() } },
    });
    const put = (time: Date) => {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow('ecr:*'), deny(time)] });
      const input = { UserName: 'cid', PolicyName: 'test', PolicyDocument };
      return administrator.iam.send(new PutUserPolicyCommand(input));
    };
    await put(new Date(Date.now() - 3600_000));
    assert.equal(await get(), 200);
    await put(new Date(Date.now() + 3600_000));
    assert.equal(await get(), 403);
  });

  test('who may not is refused, and so is what names nobody, two things, or the future', async () => {
    const dan = await house.user('dan', [], [allow('ecr:*')]);
    await assert.rejects(callAs(dan, 'ListSessions', {}), isRefused('AccessDeniedException'));
    await assert.rejects(callAs(dan, 'RevokeSessions', { all: true }), isRefused('AccessDeniedException'));
    const bad: ReadonlyArray<InputOf<'RevokeSessions'>> = [
      {},
      { all: true, sourceAddress: '127.0.0.1' },
      { all: true, issuedBefore: new Date(Date.now() + 60_000) },
      { principal: 'arn:aws:iam::999999999999:user/ann' },
      { principal: arnOf('nobody') },
      { principal: 'nonsense!' },
      { accessKeyId: 'AKIA' },
      { sourceAddress: 'here' },
      { sessionId: 'a b' },
    ];
    for (const input of bad)
      await assert.rejects(revoke(input), isRefused('ValidationException'), JSON.stringify(input));
    await assert.rejects(list({ sourceAddress: 'here' }), isRefused('ValidationException'));
    await assert.rejects(list({ nextToken: 'forged' }), isRefused('ValidationException'));
    const records = (await house.auditRecords()).filter(({ eventName }) => eventName === 'RevokeSessions');
    assert.ok(records.some(({ errorCode }) => errorCode === 'AccessDenied'));
    assert.ok(records.some(({ requestParameters }) => requestParameters?.['sourceAddress'] === '127.0.0.1/32'));
  });

  test('the command line lists what still counts, and revokes', async () => {
    const { Credentials } = await administrator.sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    const id = Credentials?.AccessKeyId ?? '';
    const listed = async (...args: string[]) => (await runAs(administrator, 'session', 'list', ...args)).out;
    assert.match(await listed(), new RegExp(`^ID +PRINCIPAL[^]*\n${id} .*:user/administrator .* good$`, 'm'));
    const said = await runAs(administrator, 'session', 'revoke', '--session', id);
    assert.match(said.out, new RegExp(`^Ended: session ${id}, what was issued until .*Z\\.$`));
    assert.ok(!(await listed()).includes(id));
    assert.match(await listed('--all'), new RegExp(`\n${id} .* revoked by session ${id}$`, 'm'));
    assert.equal((await runAs(administrator, 'session', 'revoke')).code, 1);
    assert.equal((await runAs(administrator, 'session', 'revoke', '--before', 'noon')).code, 2);
    const json = JSON.parse(await listed('--json', '--source', '127.0.0.1')) as readonly object[];
    assert.ok(Array.isArray(json));
  });

  test('pages', async () => {
    for (let count = 0; count < 3; count += 1) await administrator.sts.send(new GetSessionTokenCommand({}));
    const all = await list({});
    const first = await callAs(administrator, 'ListSessions', { maxResults: 2 });
    const second = await callAs(administrator, 'ListSessions', { maxResults: 2, nextToken: first.nextToken ?? '' });
    const ids = [...first.sessions, ...second.sessions].map(({ sessionId }) => sessionId);
    assert.deepEqual(
      ids,
      all.slice(0, 4).map(({ sessionId }) => sessionId),
    );
  });
});

test('with two workers a revocation bites on the next request, whoever serves it', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-revoke-'));
  context.after(() => rm(root, { recursive: true, force: true }));
  const server = await startServer({ dataFolder: join(root, 'data'), args: ['--workers', '2'] });
  context.after(() => server.dispose());
  const options = await administratorOf(server.dataFolder, server.url);
  const ecr = new ECRClient(options);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  ecr.destroy();
  const scoped = await callAs({ options }, 'CreateRegistryToken', { repositories: ['app'], actions: ['list'] });
  const scopedHeader = `Basic ${Buffer.from(`AWS:${scoped.token}`).toString('base64')}`;
  const connect = (header: string) => Array.from({ length: 6 }, () => ociClient(server.host, header));
  const [named, plain] = [connect(scopedHeader), connect(await registryAuthorization(options))];
  context.after(() => [...named, ...plain].forEach((client) => client.close()));
  const ask = (clients: typeof named) =>
    Promise.all(clients.map(async (client) => (await client.send('GET', '/v2/app/tags/list')).status));
  const all = (status: number) => Array(6).fill(status);
  assert.deepEqual([await ask(named), await ask(plain)], [all(200), all(200)]);
  await callAs({ options }, 'RevokeRegistryToken', { tokenId: scoped.tokenId });
  assert.deepEqual([await ask(named), await ask(plain)], [all(401), all(200)]);
  await callAs({ options }, 'RevokeSessions', { all: true });
  assert.deepEqual(await ask(plain), all(401));
  assert.equal(await server.stop(), 0, server.lines.join('\n'));
});
