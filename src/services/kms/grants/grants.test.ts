// Grants over a database: what one process changes another one sees at once, and a key takes its grants with it.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AccountId } from '#core/account.ts';
import type { Principal } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { deleteKeyRow } from '../keys/tables.ts';
import { openTestKms } from '../testing/open-test-kms.ts';
import type { NewGrant } from './grants.ts';
import { bitOf, bitsOf, operationsOf, unfit } from './rights.ts';
import { countGrants } from './tables.ts';

const accountId = '111122223333' as AccountId;
const ecr: Principal = { kind: 'service', accountId, arn: 'ecr.us-east-1.amazonaws.com', principalId: 'ecr' };
const toEcr = (context: Readonly<Record<string, string>> | undefined): NewGrant => ({
  grantee: ecr.arn,
  retiring: ecr.arn,
  issuingAccount: accountId,
  name: undefined,
  operations: bitOf('Decrypt'),
  constraint: context && { type: 'EncryptionContextSubset', context },
});

const nextTurn = () => new Promise(setImmediate);

/** Requests that come in one turn of the event loop share one look at what others did. */
test('a grant that another process makes or removes counts at once', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-grants-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'grants.sqlite');
  const one = await openTestKms({ file });
  t.after(() => one.database.close());
  const two = await openTestKms({ file });
  t.after(() => two.database.close());
  const key = await one.newKey();
  const context = { 'aws:ecr:arn': 'arn:aws:ecr:us-east-1:111122223333:repository/app' };
  const may = ({ kms }: typeof one, keyArn = key.arn, given = context) =>
    kms.rooms.grants.granted.use(ecr, keyArn, { operation: 'Decrypt', context: given });
  assert.equal(await may(two), undefined);
  const grantId = await one.kms.rooms.grants.create(key, toEcr(context));
  await nextTurn();
  for (const process of [one, two]) {
    assert.equal(await may(process), true);
    assert.equal(await may(process, key.arn, { ...context, 'aws:s3:arn': 'x' } as typeof context), true);
    assert.equal(await may(process, key.arn, { 'aws:ecr:arn': 'other' }), undefined);
    // From memory now.
    assert.equal(may(process), true);
  }
  await two.kms.rooms.grants.remove({ grantId, keyId: key.keyId, region: key.region });
  await nextTurn();
  assert.equal(await may(one), undefined);
  assert.equal(await may(two), undefined);
});

test('a key that is gone leaves no grant', async () => {
  const { kms, tables, newKey, database } = await openTestKms();
  const key = await newKey();
  const other = await newKey();
  const ref = { key_id: key.keyId, region: key.region };
  const grantId = await kms.rooms.grants.create(key, toEcr(undefined));
  const kept = await kms.rooms.grants.create(other, toEcr(undefined));
  assert.equal(await countGrants(tables, ref), 1);
  await tables.deleteFrom('kms_key_material').where('key_id', '=', key.keyId).execute();
  await deleteKeyRow(tables, ref);
  assert.equal(await kms.rooms.grants.find(grantId), undefined);
  assert.equal(await countGrants(tables, ref), 0);
  assert.notEqual(await kms.rooms.grants.find(kept), undefined);
  await database.close();
});

test('a key has so many grants and no more; a name that is there already is none of them', async () => {
  const { kms, tables, newKey, database } = await openTestKms();
  const key = await newKey();
  const named = { ...toEcr(undefined), name: 'first' };
  const first = await kms.rooms.grants.create(key, named);
  await tables.updateTable('kms_grant_count').set({ grants: limits.keyGrantsMax }).execute();
  await assert.rejects(kms.rooms.grants.create(key, toEcr(undefined)), { kind: 'kms-limit-exceeded' });
  assert.equal(await kms.rooms.grants.create(key, named), first);
  await kms.rooms.grants.remove({ grantId: first, keyId: key.keyId, region: key.region });
  await kms.rooms.grants.create(key, toEcr(undefined));
  await database.close();
});

test('each kind of key has its operations', () => {
  const common = ['CreateGrant', 'RetireGrant', 'DescribeKey'];
  const of = (spec: string, usage: string) => {
    const all = operationsOf(2 ** 17 - 1);
    const wrong: readonly string[] = unfit(all, { spec, usage });
    return all.filter((name) => !wrong.includes(name) && !common.includes(name)).toSorted((a, b) => (a < b ? -1 : 1));
  };
  assert.deepEqual(of('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'), [
    'Decrypt',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateDataKeyWithoutPlaintext',
    'ReEncryptFrom',
    'ReEncryptTo',
  ]);
  const pair = ['Decrypt', 'Encrypt', 'GetPublicKey', 'ReEncryptFrom', 'ReEncryptTo'];
  assert.deepEqual(of('RSA_2048', 'ENCRYPT_DECRYPT'), pair);
  assert.deepEqual(of('ECC_NIST_P256', 'SIGN_VERIFY'), ['GetPublicKey', 'Sign', 'Verify']);
  assert.deepEqual(of('HMAC_256', 'GENERATE_VERIFY_MAC'), ['GenerateMac', 'VerifyMac']);
  assert.deepEqual(of('ECC_NIST_P256', 'KEY_AGREEMENT'), ['DeriveSharedSecret', 'GetPublicKey']);
  assert.deepEqual(operationsOf(bitsOf(['Sign', 'Decrypt'])), ['Decrypt', 'Sign']);
  assert.equal(bitOf('ScheduleKeyDeletion'), 0);
});
