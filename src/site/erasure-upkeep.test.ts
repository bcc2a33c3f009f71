// From a deletion to its certificate through a kill at any commit: it comes in the end, once, and says what is so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { Digest } from '#core/digest.ts';
import { limits } from '#core/limits.ts';
import { systemRandom as random } from '#core/random.ts';
import { registryMigrations } from '#registry/open-registry.ts';
import { openCertificate } from '#services/kms/erasure/certificate.ts';
import { openCertificates } from '#services/kms/erasure/certificates.ts';
import { ListReader } from '#services/kms/erasure/deletion-list.ts';
import { openErasures } from '#services/kms/erasure/erasures.ts';
import type { ErasureRow } from '#services/kms/erasure/tables.ts';
import type { SlotTables } from '#services/kms/repository-keys/tables.ts';
import { openTestKms, testRegistry } from '#services/kms/testing/open-test-kms.ts';
import type { Database } from '#stores/sql/database.ts';
import { finishErasures } from './erasure-upkeep.ts';

const site = { siteId: '0123456789abcdef', secret: random.bytes(32) };
const never = new AbortController().signal;
const digestOf = (kind: string, number: number) => `sha256:${kind}${number.toString(16).padStart(63, '0')}` as Digest;

/** A key that is due, over a repository with so many images and twice as many layers. */
async function openDue(images: number) {
  const opened = await openTestKms({ more: registryMigrations });
  const { kms, clock, database } = opened;
  const key = await opened.newKey();
  const dayMs = 24 * 3600 * 1000;
  const when = { deletion_at_ms: clock.nowMs() + 7 * dayMs, deletion_window_days: 7 };
  await kms.rooms.keys.change('ScheduleKeyDeletion', key, () => ({ state: 'PendingDeletion', ...when }));
  clock.advance(7 * dayMs);
  await putSlot(database, key.arn);
  await fill(database, images);
  return { ...opened, key };
}

async function putSlot(database: Database, keyArn: string): Promise<void> {
  const { accountId: account_id, region } = testRegistry;
  const bytes = { data_key: random.bytes(100), domain_key: random.bytes(60) };
  const names = { slot_id: 'slot', repository_arn: `arn:aws:ecr:${region}:${account_id}:repository/app` };
  const row = { ...names, account_id, region, type: 'KMS', key_arn: keyArn, domain_id: '8domain', ...bytes };
  await database.transact<SlotTables, void>(async (transaction) => {
    const rest = { grant_ids: '', created_at_ms: 1 };
    await transaction
      .insertInto('kms_repository_key')
      .values({ ...row, ...rest })
      .execute();
  });
}

interface Rows {
  readonly repository: object;
  readonly image: object;
  readonly layer: object;
  readonly blob: object;
}

async function fill(database: Database, images: number): Promise<void> {
  const { accountId: account_id, region } = testRegistry;
  await database.transact<Rows, void>(async (transaction) => {
    const names = { repository_id: 7, account_id, region, name: 'app', key_domain: '8domain', key_slot: 'slot' };
    const rules = { tag_mutability: 'MUTABLE', exclusion_filters: '[]', scan_on_push: 0, encryption_type: 'KMS' };
    await transaction
      .insertInto('repository')
      .values({ ...names, ...rules, created_at_ms: 1, image_count: images })
      .execute();
    const blob = { blob_id: 'b', key_domain: '8domain', digest: digestOf('a', 0), size_bytes: 1, created_at_ms: 1 };
    await transaction.insertInto('blob').values(blob).execute();
    const sizes = { media_type: 'x', size_bytes: 1, image_size_bytes: 1, pushed_at_ms: 1, manifest: random.bytes(9) };
    for (let number = 0; number < images; number += 1) {
      const digest = digestOf('d', number);
      await transaction
        .insertInto('image')
        .values({ repository_id: 7, digest, ...sizes })
        .execute();
      for (const kind of ['a', 'b']) {
        const layer = { repository_id: 7, digest: digestOf(kind, number), blob_id: 'b', touched_at_ms: 1 };
        await transaction.insertInto('layer').values(layer).execute();
      }
    }
  });
}

class Killed extends Error {}

/** Ends with the n-th transaction: before it, or right after its commit. */
function killing(database: Database, at: number, isAfter: boolean): Database {
  let count = 0;
  return {
    ...database,
    async transact(work) {
      count += 1;
      if (count === at && !isAfter) throw new Killed();
      const result = await database.transact(work);
      if (count === at) throw new Killed();
      return result;
    },
  };
}

type Due = Awaited<ReturnType<typeof openDue>>;

/** What the job does, over this database; the audit log is a list of names. */
async function run({ reopen, clock }: Due, database: Database, told: string[]): Promise<void> {
  const { deletion } = reopen(database).upkeep;
  const erasures = openErasures({ database, ...site, clock, random });
  const place = () => ({ sequence: told.length, recordSha256: 'a'.repeat(64), eventId: 'e' });
  for (const row of await deletion.due(10)) {
    const deleted = await deletion.execute(row);
    told.push('DeleteKey');
    if (deleted !== undefined) await erasures.notePlace(deleted.certificateId, { chain: 'audit', ...place() });
  }
  const act = async <Result>(
    _key: ErasureRow,
    { eventName, run: work }: { eventName: string; run(): Promise<Result> },
  ) => {
    const result = await work();
    told.push(eventName);
    return { result, place: place() };
  };
  await finishErasures({ erasures, chain: 'audit', act }, never);
}

async function theCertificate(database: Database) {
  const certificates = openCertificates(database);
  const [line, ...others] = await certificates.list(undefined, '', 10);
  assert.deepEqual([line?.waitsFor, others.length], [undefined, 0]);
  const found = await certificates.find(line?.certificateId ?? '');
  return openCertificate(Buffer.from(found?.envelope ?? ''));
}

test('a kill before or after any commit loses neither the deletion nor its certificate', async () => {
  let kills = 0;
  for (let at = 1; ; at += 1) {
    let wasKilled = false;
    for (const isAfter of [false, true]) {
      const due = await openDue(3);
      const told: string[] = [];
      try {
        await run(due, killing(due.database, at, isAfter), told);
      } catch (error) {
        assert.ok(error instanceof Killed, String(error));
        wasKilled = true;
        kills += 1;
      }
      await run(due, due.database, told);
      const certificate = await theCertificate(due.database);
      assert.equal(certificate.key.arn, due.key.arn);
      assert.equal(certificate.madeUnreadable.images, 3);
      assert.equal(told[certificate.audit.sequence - 1], 'DeleteKey', `at ${at}: the place is that of a deletion`);
      assert.equal(await due.kms.rooms.records.find(due.key.region, due.key.keyId), undefined);
      await run(due, due.database, told);
      assert.deepEqual(await theCertificate(due.database), certificate, 'it is issued once');
      await due.close();
    }
    if (!wasKilled) break;
  }
  assert.ok(kills >= 12, `${kills} kills`);
});

test('the list of many images is made in parts, and one that was broken off is gone on with', async () => {
  const images = limits.deletionListPartLines;
  const due = await openDue(images);
  const told: string[] = [];
  // The fifth commit stores a part: execute, place, cleared, first part, second part.
  await assert.rejects(run(due, killing(due.database, 5, false), told), Killed);
  const certificates = openCertificates(due.database);
  const [line] = await certificates.list(undefined, '', 1);
  assert.equal(line?.waitsFor, 'list');
  await run(due, due.database, told);
  const { madeUnreadable } = await theCertificate(due.database);
  const { listed, list, ...counts } = madeUnreadable;
  assert.deepEqual([counts, listed], [{ repositories: 1, images, layers: 2 * images }, null]);
  const reader = new ListReader();
  let parts = 0;
  for (let isLast = false; !isLast; parts += 1) {
    const part = await certificates.listPart(line?.certificateId ?? '', parts);
    reader.read(Buffer.from(part?.lines ?? ''));
    isLast = part?.isLast ?? true;
  }
  assert.ok(parts > 2, `${parts} parts`);
  const { sha256, bytes, fault } = reader.end();
  assert.deepEqual([sha256, bytes, fault], [list.sha256, list.bytes, undefined]);
  await due.close();
});

test('while the files cannot be cleared there is no certificate, and what it waits for is said', async () => {
  const due = await openDue(1);
  const blocked = { ...due.database, clearDeleted: async () => false };
  const stop = new AbortController();
  stop.abort();
  const [row] = await due.kms.upkeep.deletion.due(1);
  assert.ok(row !== undefined);
  await due.kms.upkeep.deletion.execute(row);
  const erasures = openErasures({ database: blocked, ...site, clock: due.clock, random });
  const act = () => assert.fail('nothing is told');
  await finishErasures({ erasures, chain: 'audit', act }, stop.signal);
  const [line] = await openCertificates(due.database).list(undefined, '', 1);
  assert.equal(line?.waitsFor, 'storage');
  await assert.rejects(erasures.issue(line?.certificateId ?? ''), /cannot be issued yet/);
  await due.close();
});

test('of a repository that is moved to another key what has arrived there is not listed', async () => {
  const due = await openDue(3);
  await due.database.transact<Rows, void>(async (transaction) => {
    const move = { key_domain: '8new', key_slot: 'new', other_domain: '8domain', other_slot: 'slot' };
    await transaction
      .updateTable('repository')
      .set({ ...move, unnamed_domain: '8domain' } as object)
      .execute();
    const blob = { blob_id: 'n', key_domain: '8new', digest: digestOf('a', 1), size_bytes: 1, created_at_ms: 1 };
    await transaction.insertInto('blob').values(blob).execute();
    await sql`update image set key_domain = '8new' where digest = ${digestOf('d', 1)}`.execute(transaction);
    await sql`update image set key_domain = '8domain' where digest = ${digestOf('d', 2)}`.execute(transaction);
    await sql`update layer set blob_id = 'n' where digest = ${digestOf('a', 1)}`.execute(transaction);
  });
  await run(due, due.database, []);
  const [listed] = (await theCertificate(due.database)).madeUnreadable.listed ?? [];
  assert.deepEqual(listed?.images, [digestOf('d', 0), digestOf('d', 2)]);
  assert.deepEqual(listed?.layers.length, 5, 'three of one kind, two of the other');
  await due.close();
});

test('a repository that has left the key, or is gone, is named with nothing in it', async () => {
  for (const change of [sql`update repository set key_slot = 'new'`, sql`delete from repository`]) {
    const due = await openDue(2);
    await due.database.transact<Rows, unknown>((transaction) => change.execute(transaction));
    await run(due, due.database, []);
    const { listed, ...counts } = (await theCertificate(due.database)).madeUnreadable;
    assert.deepEqual([listed?.[0]?.id, counts.repositories, counts.images, counts.layers], [null, 1, 0, 0]);
    await due.close();
  }
});

test('a deletion whose record cannot be written holds up no other', async () => {
  const due = await openDue(1);
  const keys = [due.key, await due.newKey(), await due.newKey()];
  for (const key of keys.slice(1)) {
    const change = { deletion_at_ms: due.clock.nowMs(), deletion_window_days: 7 };
    await due.kms.rooms.keys.change('ScheduleKeyDeletion', key, () => ({ state: 'PendingDeletion', ...change }));
  }
  for (const row of await due.kms.upkeep.deletion.due(10)) await due.kms.upkeep.deletion.execute(row);
  const erasures = openErasures({ database: due.database, ...site, clock: due.clock, random });
  const failing = keys[1]?.keyId;
  const act = async <Result>({ key_id }: ErasureRow, { run: work }: { run(): Promise<Result> }) => {
    if (key_id === failing) throw new Error('the log is full');
    return { result: await work(), place: { sequence: 1, recordSha256: 'a'.repeat(64), eventId: 'e' } };
  };
  await assert.rejects(finishErasures({ erasures, chain: 'audit', act }, never), /the log is full/);
  const lines = await openCertificates(due.database).list(undefined, '', 10);
  const waiting = lines
    .filter(({ waitsFor }) => waitsFor !== undefined)
    .map(({ keyArn, waitsFor }) => [keyArn, waitsFor]);
  assert.deepEqual([lines.length, waiting], [3, [[keys[1]?.arn, 'record']]]);
  await due.close();
});
