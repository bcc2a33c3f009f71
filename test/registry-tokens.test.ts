// Scoped registry tokens over a whole site: less than their maker, listed, revocable, good once, and in the audit.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { ApiError } from '../src/cli/client/call.ts';
import type { InputOf } from '../src/services/sallyport/service.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { type OciClient, ociClient } from './support/oci-client.ts';
import { callAs, runAs } from './support/sallyport-client.ts';

const allow = (Action: string | string[], more = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more });

const isRefused =
  (code: string, message = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };

describe('scoped registry tokens', () => {
  let house: House;
  let administrator: HouseUser;
  const clients: OciClient[] = [];
  before(async () => {
    house = await openHouse();
    administrator = house.administrator;
    const oci = await administrator.oci();
    for (const repositoryName of ['team/app', 'team/web', 'other']) {
      await administrator.ecr.send(new CreateRepositoryCommand({ repositoryName }));
      await oci.pushImage(repositoryName, 'v1', [Buffer.from(repositoryName)]);
    }
  });
  after(async () => {
    for (const client of clients) client.close();
    await house.dispose();
  });
  const loginWith = (token: string, localAddress?: string) => {
    const authorization = `Basic ${Buffer.from(`AWS:${token}`).toString('base64')}`;
    const client = ociClient(house.host, authorization, localAddress);
    clients.push(client);
    return client;
  };
  const create = (input: Partial<InputOf<'CreateRegistryToken'>>, as: Pick<HouseUser, 'options'> = administrator) =>
    callAs(as, 'CreateRegistryToken', { repositories: ['team/*'], actions: ['pull'], ...input });
  const pull = async (client: OciClient, repository: string) =>
    (await client.send('GET', `/v2/${repository}/manifests/v1`)).status;

  test('a token pulls what it names and nothing else, and is a session of its maker in the audit', async () => {
    const made = await create({ name: 'nightly' });
    const leftMs = made.expiresAt.getTime() - Date.now();
    assert.ok(leftMs > 890_000 && leftMs <= 900_000, `${leftMs} ms`);
    assert.equal(new URL(made.proxyEndpoint).host, house.host);
    const client = loginWith(made.token);
    assert.equal((await client.send('GET', '/v2/')).status, 200);
    assert.deepEqual([await pull(client, 'team/app'), await pull(client, 'team/web')], [200, 200]);
    const refused = await client.send('GET', '/v2/other/manifests/v1');
    assert.equal(refused.status, 403);
    assert.match(refused.body.toString(), /no session policy allows the ecr:BatchGetImage action/);
    assert.equal((await client.send('POST', '/v2/team/app/blobs/uploads/', Buffer.alloc(0))).status, 403);
    const records = await house.auditRecords();
    const [issued] = records.filter(({ eventName }) => eventName === 'CreateRegistryToken');
    assert.equal(issued?.responseElements?.['tokenId'], made.tokenId);
    assert.ok(!JSON.stringify(issued).includes(made.token), 'the token itself is never written');
    assert.deepEqual(issued?.requestParameters?.['repositories'], ['team/*']);
    const used = records.filter(({ userIdentity }) => JSON.stringify(userIdentity).includes(made.tokenId));
    assert.ok(used.some(({ errorCode }) => errorCode === 'AccessDenied'));
    assert.ok(used.every(({ userIdentity }) => String(userIdentity['arn']).endsWith(':user/administrator')));
  });

  test('push, list and delete are what docker clients need of them', async () => {
    const repositories = ['team/app'];
    const pusher = loginWith((await create({ repositories, actions: ['push'] })).token);
    const { digest } = await pusher.pushImage('team/app', 'v2', [Buffer.from('v2')]);
    assert.equal((await pusher.send('GET', '/v2/team/app/tags/list')).status, 403);
    assert.equal((await pusher.send('DELETE', `/v2/team/app/manifests/${digest}`)).status, 403);
    const lister = loginWith((await create({ repositories, actions: ['list'] })).token);
    assert.match((await lister.send('GET', '/v2/team/app/tags/list')).body.toString(), /"v2"/);
    assert.equal(await pull(lister, 'team/app'), 403);
    const deleter = loginWith((await create({ repositories, actions: ['delete'] })).token);
    assert.equal((await deleter.send('DELETE', `/v2/team/app/manifests/${digest}`)).status, 202);
  });

  test('it never is more than its maker, at each use anew', async () => {
    const maker = await house.user(
      'maker',
      [],
      [allow(['sallyport:*', 'ecr:GetAuthorizationToken', 'ecr:BatchGetImage'])],
    );
    const client = loginWith((await create({ actions: ['push'] }, maker)).token);
    assert.equal(await pull(client, 'team/app'), 200);
    assert.equal((await client.send('POST', '/v2/team/app/blobs/uploads/', Buffer.alloc(0))).status, 403);
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow('sallyport:*')] });
    await administrator.iam.send(new PutUserPolicyCommand({ UserName: 'maker', PolicyName: 'test', PolicyDocument }));
    assert.equal(await pull(client, 'team/app'), 403);
  });

  test('its maker needs both rights, and a policy may bound its life', async () => {
    const none = await house.user('none', ['AmazonEC2ContainerRegistryReadOnly']);
    await assert.rejects(create({}, none), isRefused('AccessDeniedException', /sallyport:CreateRegistryToken/));
    const half = await house.user('half', [], [allow('sallyport:*')]);
    await assert.rejects(create({}, half), isRefused('AccessDeniedException', /ecr:GetAuthorizationToken/));
    const brief = { Condition: { NumericLessThanEquals: { 'sallyport:TokenLifeSeconds': '600' } } };
    const short = await house.user('short', [], [allow(['sallyport:*', 'ecr:*'], brief)]);
    await create({ lifeSeconds: 600 }, short);
    await assert.rejects(create({ lifeSeconds: 601 }, short), isRefused('AccessDeniedException'));
    const said = await house.auditRecords();
    assert.ok(said.some((one) => one.eventName === 'CreateRegistryToken' && one.errorCode === 'AccessDenied'));
  });

  test('an input out of bounds is refused', async () => {
    const bad: ReadonlyArray<Partial<InputOf<'CreateRegistryToken'>>> = [
      { repositories: [] },
      { repositories: ['Upper'] },
      { repositories: ['a"b'] },
      { repositories: Array.from({ length: 11 }, (_, index) => `r${index}`) },
      { actions: [] },
      { actions: ['fly' as 'pull'] },
      { lifeSeconds: 59 },
      { lifeSeconds: 43_201 },
      { name: 'a\nb' },
      { onceSeconds: 10 },
      { once: true, onceSeconds: 0 },
    ];
    for (const input of bad) await assert.rejects(create(input), isRefused('ValidationException'));
    await assert.rejects(
      callAs(administrator, 'RevokeRegistryToken', { tokenId: 'x' }),
      isRefused('ValidationException'),
    );
    const nextToken = 'forged';
    await assert.rejects(callAs(administrator, 'ListRegistryTokens', { nextToken }), isRefused('ValidationException'));
  });

  test('once: the first address has it, and of two that come at the same time one', async () => {
    const { token } = await create({ once: true });
    const [one, two] = [loginWith(token), loginWith(token, '127.0.0.2')];
    const raced = await Promise.all([pull(one, 'team/app'), pull(two, 'team/app')]);
    assert.deepEqual(new Set(raced), new Set([200, 401]));
    const winner = raced[0] === 200 ? one : two;
    assert.equal((await winner.send('GET', '/v2/')).status, 200);
    assert.equal(await pull(winner, 'team/web'), 200);
    assert.equal(await pull(winner === one ? two : one, 'team/app'), 401);
  });

  test('the command line makes, lists and revokes; the next request is refused', async () => {
    const made = await runAs(
      administrator,
      ...['token', 'create', '--repository', 'team/*', 'other', '--action', 'pull', 'push', '--ttl', '10m'],
      ...['--name', 'ci job', '--once', '2m'],
    );
    assert.equal(made.code, 0, made.err);
    const tokenId = /^(rt-[0-9a-f]{20}) ends .*: docker login -u AWS --password-stdin /.exec(made.err)?.[1] ?? '';
    const client = loginWith(made.out);
    assert.equal(await pull(client, 'other'), 200);
    const listed = async () => (await runAs(administrator, 'token', 'list')).out.split('\n');
    const rowOf = async () => (await listed()).find((line) => line.startsWith(tokenId)) ?? '';
    assert.match((await listed())[0] ?? '', /^ID +NAME +MAKER +SCOPE +MADE +EXPIRES +LAST USED +STATE$/);
    assert.match(await rowOf(), /ci job .*:user\/administrator +pull,push team\/\* other .* once, by 127\.0\.0\.1$/);
    assert.equal((await runAs(administrator, 'token', 'revoke', tokenId)).out, `${tokenId} is revoked.`);
    const refused = await client.send('GET', '/v2/other/manifests/v1');
    assert.equal(refused.status, 401);
    assert.match(await rowOf(), / revoked$/);
    const again = await runAs(administrator, 'token', 'revoke', `rt-${'0'.repeat(20)}`);
    assert.deepEqual([again.code, again.err.split(':')[0]], [1, 'ResourceNotFoundException']);
    const reader = await house.user('reader', []);
    await assert.rejects(callAs(reader, 'RevokeRegistryToken', { tokenId }), isRefused('AccessDeniedException'));
    await assert.rejects(callAs(reader, 'ListRegistryTokens', {}), isRefused('AccessDeniedException'));
    const bad = await runAs(administrator, 'token', 'create', '--repository', 'a', '--action', 'pull', '--ttl', 'soon');
    assert.equal(bad.code, 2);
    const records = await house.auditRecords();
    assert.ok(records.some((one) => one.eventName === 'RevokeRegistryToken' && one.errorCode === undefined));
    const unauthorized = records.filter(({ errorCode }) => errorCode === 'UNAUTHORIZED');
    assert.match(String(unauthorized.at(-1)?.additionalEventData?.['reason']), /revoked by session rt-/);
  });

  test('lists come in pages', async () => {
    const all = JSON.parse((await runAs(administrator, 'token', 'list', '--json')).out) as ReadonlyArray<{
      tokenId: string;
    }>;
    const paged: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await callAs(administrator, 'ListRegistryTokens', {
        maxResults: 2,
        ...(nextToken && { nextToken }),
      });
      assert.ok(page.tokens.length <= 2);
      paged.push(...page.tokens.map(({ tokenId }) => tokenId));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    assert.deepEqual(
      paged,
      all.map(({ tokenId }) => tokenId),
    );
    assert.ok(paged.length > 4);
  });
});
