// Records of several chains read out: by time, chosen by query, with their documents, while somebody writes.

import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { AuditQuery, ReadRecord } from '#cli/commands.ts';
import type { AccountId } from '#core/account.ts';
import { manualClock } from '#core/clock.ts';
import { systemRandom as random } from '#core/random.ts';
import { type AuditChain, auditChainOf, hostAuditChain } from '#services/cloudtrail/audit-chains.ts';
import { newRootKey } from '#services/kms/root/root-key.ts';
import { siteKeyOf } from '#services/kms/root/site-key.ts';
import { readAuditRecords } from './audit-records.ts';
import { openAuditLog } from './open-audit-log.ts';
import { actRecorded } from './recorded-act.ts';

const accountId = '111122223333' as AccountId;
const startMs = Date.UTC(2026, 10, 30, 14);
const siteKey = siteKeyOf(newRootKey(random));
const policy = '{"Statement":[]}';

async function setUp(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'audit-records-'));
  context.after(() => rm(folder, { recursive: true }));
  const clock = manualClock(startMs);
  const platform = { clock, random };
  const actor = { source: 'host', service: 'host.sallyport.local', userAgent: 'test', region: 'us-east-1' };
  /** One record a second, in turn in each of the chains. */
  const write = async (chain: AuditChain, eventName: string, documents: 'sealed' | 'clear' = 'sealed') => {
    const log = (line: string) => assert.fail(line);
    const audit = await openAuditLog({ ...chain, budgetBytes: 2 ** 30, documents, siteKey, platform, log });
    clock.advance(1000);
    const requestParameters = { policyDocument: policy };
    const run = async () => undefined;
    await actRecorded(audit, actor, platform, { eventName, accountId, requestParameters, run, shown: () => ({}) });
    await audit.close();
  };
  const read = async (query: Partial<AuditQuery> = {}): Promise<readonly ReadRecord[]> => {
    const none = { since: undefined, until: undefined, requestId: undefined };
    return Array.fromAsync(readAuditRecords(folder, siteKey, { ...none, events: [], ...query }, clock));
  };
  const namesOf = async (query?: Partial<AuditQuery>) => (await read(query)).map(({ record }) => record?.['eventName']);
  const chains = [auditChainOf(folder, 1), auditChainOf(folder, 2), hostAuditChain(folder)] as const;
  return { folder, clock, write, read, namesOf, chains, file: join(folder, 'audit/audit-000000000001.jsonl') };
}

test('records of every chain come by time, documents opened, sealed or not', async (context) => {
  const { write, read, namesOf, chains, file } = await setUp(context);
  const [first, second, host] = chains;
  await write(host, 'One');
  await write(second, 'Two');
  await write(first, 'Three');
  await write(second, 'Four', 'clear');
  await write(first, 'Five');
  assert.deepEqual(await namesOf(), ['One', 'Two', 'Three', 'Four', 'Five']);
  for (const { record, problem } of await read()) {
    assert.deepEqual([record?.['requestParameters'], problem], [{ policyDocument: policy }, undefined]);
  }
  assert.ok(!(await readFile(file, 'utf8')).includes('Statement'));
});

test('since is in, until is not; operations and requests are chosen by name', async (context) => {
  const { write, read, namesOf, chains, clock, file } = await setUp(context);
  for (const name of ['One', 'Two', 'Three']) await write(chains[0], name);
  const two = { atMs: startMs + 2000 };
  assert.deepEqual(await namesOf({ since: two }), ['Two', 'Three']);
  assert.deepEqual(await namesOf({ until: two }), ['One']);
  assert.deepEqual(await namesOf({ since: { agoMs: 1000 } }), ['Two', 'Three']);
  assert.deepEqual(await namesOf({ events: ['Three', 'One'] }), ['One', 'Three']);
  const [{ record } = {}] = await read({ events: ['Two'] });
  assert.deepEqual(await namesOf({ requestId: String(record?.['requestID']) }), ['Two']);
  assert.deepEqual(await namesOf({ requestId: 'another' }), []);
  // A file that nobody wrote to for long is not even opened: what is in it does not matter.
  await writeFile(file, 'no records\n');
  const longAgo = new Date(clock.nowMs() - 7200_000);
  await utimes(file, longAgo, longAgo);
  assert.deepEqual(await read({ since: { agoMs: 1000 } }), []);
  assert.equal((await read()).length, 1);
});

test('half a line at the end is no problem; no record and a changed document are', async (context) => {
  const { write, read, chains, file } = await setUp(context);
  await write(chains[0], 'One');
  await appendFile(file, '{"eventVersion":"1.11","eventN');
  assert.equal((await read()).length, 1);
  await appendFile(file, 'ame\n');
  const [, broken] = await read();
  assert.deepEqual(broken, { problem: 'audit-000000000001.jsonl:5: this line is no record' });
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/sallyport-sealed-1:..../, 'sallyport-sealed-1:AAAA'));
  const [changed] = await read();
  assert.equal(changed?.problem, 'audit-000000000001.jsonl:3: requestParameters.policyDocument does not open');
  assert.equal(changed?.record?.['eventName'], 'One');
});
