// Repositories: names, tags, policies, paging, and caches that never show what is past.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { nextTurn } from '#std/next-turn.ts';
import { home, openRooms, type Rooms, refuses, registryRef } from '../testing/test-images.ts';
import { testKeyRing } from '../testing/test-key-ring.ts';

let rooms: Rooms;
beforeEach(async () => {
  rooms = await openRooms();
});
afterEach(() => rooms.database.close());

const policyText = '{"Version":"2012-10-17","Statement":[{"Sid":"MARKER"}]}';

test('a new repository has what was asked for, and defaults for the rest', async () => {
  const repository = await rooms.repositories.create(home, { name: 'team/app' });
  assert.equal(repository.arn, 'arn:aws:ecr:us-east-1:123456789012:repository/team/app');
  assert.equal(repository.createdAtMs, 1_800_000_000_000);
  assert.deepEqual(repository.tagMutability, { mode: 'MUTABLE', exclusionFilters: [] });
  assert.deepEqual(repository.encryption, { type: 'AES256' });
  assert.equal(repository.scanOnPush, false);
  const tagMutability = { mode: 'IMMUTABLE_WITH_EXCLUSION', exclusionFilters: ['latest', 'dev-*'] } as const;
  await rooms.repositories.create(home, {
    name: 'b1',
    tagMutability,
    scanOnPush: true,
    tags: [{ key: 'k', value: '' }],
  });
  const other = await rooms.repositories.get(home, 'b1');
  assert.deepEqual([other.tagMutability, other.scanOnPush], [tagMutability, true]);
  assert.deepEqual(await rooms.repositories.tags(home, 'b1'), [{ key: 'k', value: '' }]);
});

test('a name is taken once in a registry, and registries do not see each other', async () => {
  await rooms.repositories.create(home, { name: 'app' });
  const exists = "The repository with name 'app' already exists in the registry with id '123456789012'";
  await refuses(rooms.repositories.create(home, { name: 'app' }), 'repository-already-exists', exists);
  const missing = "The repository with name 'app' does not exist in the registry with id '210987654321'";
  await refuses(rooms.repositories.get(registryRef('210987654321'), 'app'), 'repository-not-found', missing);
  await refuses(rooms.repositories.get(registryRef(undefined, 'eu-west-1'), 'app'), 'repository-not-found');
  const elsewhere = await rooms.repositories.create(registryRef('210987654321'), { name: 'app' });
  const here = await rooms.repositories.get(home, 'app');
  assert.notEqual(elsewhere.id, here.id);
  assert.notEqual(elsewhere.keyDomain, here.keyDomain);
});

test('of many who make the same name at once, one succeeds', async () => {
  const made = await Promise.allSettled(
    Array.from({ length: 20 }, () => rooms.repositories.create(home, { name: 'app' })),
  );
  assert.equal(made.filter((result) => result.status === 'fulfilled').length, 1);
});

test('bad names, keys and tags make nothing', async () => {
  const { repositories } = rooms;
  for (const name of ['a', 'A', '', 'a//b', '-ab', `${'a'.repeat(257)}`]) {
    await refuses(repositories.create(home, { name }), 'repository-name-invalid');
  }
  const create = (more: object) => repositories.create(home, { name: 'app', ...more });
  await refuses(create({ encryption: { type: 'KMS' } }), 'kms-unavailable');
  await refuses(create({ encryption: { type: 'AES256', kmsKey: 'k' } }), 'invalid-parameter');
  await refuses(create({ tags: [{ key: 'aws:x', value: '' }] }), 'invalid-resource-tag');
  await refuses(create({ tags: [{ key: '', value: '' }] }), 'invalid-resource-tag');
  await refuses(create({ tags: [{ key: 'k', value: 'v'.repeat(257) }] }), 'invalid-resource-tag');
  const twice = [
    { key: 'k', value: '1' },
    { key: 'k', value: '2' },
  ];
  await refuses(create({ tags: twice }), 'invalid-resource-tag');
  const tags = Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: '' }));
  await refuses(create({ tags }), 'too-many-resource-tags');
  await refuses(create({ tagMutability: { mode: 'IMMUTABLE', exclusionFilters: ['x'] } }), 'invalid-parameter');
  assert.deepEqual(await repositories.list(home, { limit: 10 }), { items: [] });
});

test('resource tags are set by key, counted together, and removed without complaint', async () => {
  const { repositories } = rooms;
  await repositories.create(home, { name: 'app', tags: [{ key: 'b', value: '1' }] });
  await repositories.putTags(home, 'app', [
    { key: 'b', value: '2' },
    { key: 'a', value: '3' },
  ]);
  assert.deepEqual(await repositories.tags(home, 'app'), [
    { key: 'a', value: '3' },
    { key: 'b', value: '2' },
  ]);
  const many = Array.from({ length: 49 }, (_, index) => ({ key: `k${index}`, value: '' }));
  await refuses(repositories.putTags(home, 'app', many), 'too-many-resource-tags');
  await repositories.removeTags(home, 'app', ['a', 'unknown']);
  assert.deepEqual(await repositories.tags(home, 'app'), [{ key: 'b', value: '2' }]);
  await refuses(repositories.putTags(home, 'none', []), 'repository-not-found');
});

test('a policy comes back as it was set, and is nowhere in clear', async () => {
  const { repositories, database } = rooms;
  await repositories.create(home, { name: 'app' });
  const none =
    "Repository policy does not exist for the repository with name 'app' in the registry with id '123456789012'";
  await refuses(repositories.policy(home, 'app'), 'repository-policy-not-found', none);
  await refuses(repositories.removePolicy(home, 'app'), 'repository-policy-not-found', none);
  await repositories.setPolicy(home, 'app', policyText);
  assert.equal(await repositories.policy(home, 'app'), policyText);
  const { rows } = await sql<{ policy: Uint8Array }>`select policy from repository`.execute(database.tables());
  assert.equal(Buffer.from(rows[0]?.policy ?? []).includes('MARKER'), false);
  assert.equal(await repositories.removePolicy(home, 'app'), policyText);
  await refuses(repositories.policy(home, 'app'), 'repository-policy-not-found');
});

test("a policy moved to another repository's row does not open", async () => {
  const { repositories, database } = rooms;
  await repositories.create(home, { name: 'app' });
  await repositories.create(home, { name: 'other' });
  await repositories.setPolicy(home, 'app', policyText);
  await sql`update repository set policy = (select policy from repository where name = 'app')`.execute(
    database.tables(),
  );
  await assert.rejects(repositories.policy(home, 'other'));
});

test('get and the facts are the identical object until something of it changes', async () => {
  const { repositories, resourceFacts } = rooms;
  const { arn } = await repositories.create(home, { name: 'app', tags: [{ key: '__proto__', value: 'x' }] });
  const repository = await repositories.get(home, 'app');
  const facts = await resourceFacts(arn);
  assert.equal(repositories.get(home, 'app'), repository);
  assert.equal(resourceFacts(arn), facts);
  assert.deepEqual(facts?.policy, undefined);
  assert.deepEqual(Object.entries(facts?.tags ?? {}), [['__proto__', 'x']]);
  await repositories.setPolicy(home, 'app', policyText);
  assert.deepEqual((await resourceFacts(arn))?.policy, { name: arn, text: policyText });
  await repositories.putTags(home, 'app', [{ key: 'team', value: 'a' }]);
  assert.equal((await resourceFacts(arn))?.tags['team'], 'a');
  await repositories.setTagMutability(home, 'app', { mode: 'IMMUTABLE', exclusionFilters: [] });
  assert.equal((await repositories.get(home, 'app')).tagMutability.mode, 'IMMUTABLE');
  await repositories.remove(home, 'app', { force: false });
  assert.equal(await resourceFacts(arn), undefined);
  await refuses(repositories.get(home, 'app'), 'repository-not-found');
});

test('what is no ARN of a repository here has no facts', async () => {
  const { arn } = await rooms.repositories.create(home, { name: 'app' });
  const wrong = [
    '*',
    'app',
    arn.toUpperCase(),
    `${arn}/`,
    arn.replace('aws', 'aws-cn'),
    arn.replace('repository/', ''),
  ];
  for (const text of [...wrong, arn.replace(':ecr:', ':s3:'), `${arn}:x`, arn.replace('us-east-1', '')]) {
    assert.equal(await rooms.resourceFacts(text), undefined, text);
  }
});

test('a name that is made anew is a new repository', async () => {
  const first = await rooms.repositories.create(home, { name: 'app' });
  await rooms.repositories.remove(home, 'app', { force: false });
  const second = await rooms.repositories.create(home, { name: 'app' });
  assert.ok(second.id > first.id);
});

test('the pages of any size are all repositories, each once, by name', async () => {
  const names = ['a-b', 'a/b', 'a0', 'aa', 'ab', 'b.c', 'b_c', 'zz'];
  for (const name of names.toReversed()) await rooms.repositories.create(home, { name });
  await rooms.repositories.create(registryRef('210987654321'), { name: 'hidden' });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 10 }), async (limit) => {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await rooms.repositories.list(home, after === undefined ? { limit } : { limit, after });
        assert.ok(page.items.length <= limit && page.items.length > 0);
        seen.push(...page.items.map((repository) => repository.name));
        after = page.next;
      } while (after !== undefined);
      assert.deepEqual(seen, names.toSorted());
    }),
    { numRuns: 12 },
  );
  assert.deepEqual(await rooms.repositories.list(home, { limit: 0 }), { items: [] });
});

test('what another process commits is seen at the next question', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-registry-'));
  const keyRing = testKeyRing();
  const [mine, other] = [
    await openRooms(join(folder, 'a.db'), keyRing),
    await openRooms(join(folder, 'a.db'), keyRing),
  ];
  const { arn } = await mine.repositories.create(home, { name: 'app' });
  await mine.resourceFacts(arn);
  await other.repositories.setPolicy(home, 'app', policyText);
  await nextTurn();
  assert.equal((await mine.resourceFacts(arn))?.policy?.text, policyText);
  await mine.repositories.get(home, 'app');
  await other.repositories.remove(home, 'app', { force: true });
  await nextTurn();
  await refuses(mine.repositories.get(home, 'app'), 'repository-not-found');
  for (const { database } of [mine, other]) await database.close();
  await rm(folder, { recursive: true });
});
