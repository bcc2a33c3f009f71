// `node bench/kms-grants.ts [--grants 100 --grants 1000000]`: what each question about grants costs, with few and many.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { limits } from '../src/core/limits.ts';
import { systemRandom } from '../src/core/random.ts';
import { anchorOf } from '../src/services/kms/grants/context-constraint.ts';
import type { NewGrant } from '../src/services/kms/grants/grants.ts';
import { bitsOf } from '../src/services/kms/grants/rights.ts';
import type { KmsKey } from '../src/services/kms/keys/key.ts';
import { openTestKms } from '../src/services/kms/testing/open-test-kms.ts';
import { leaveNothingBehind, makeBenchFolder } from './ending.ts';

const { values } = parseArgs({ options: { grants: { type: 'string', multiple: true } } });
const counts = (values.grants ?? ['100', '1000000']).map(Number);
const rounds = 2000;
const grantsOfKey = 10;
const service = 'ecr.us-east-1.amazonaws.com';
const accountId = '111122223333' as KmsKey['accountId'];
const principal = { kind: 'service', accountId, arn: service, principalId: service } as const;

type Kms = Awaited<ReturnType<typeof openTestKms>>;

/** Of an object in a repository: the grants are about the repository. */
const contextOf = (index: number, object: number) => ({
  'aws:ecr:arn': `arn:aws:ecr:us-east-1:${accountId}:repository/app-${index}`,
  'aws:s3:arn': `arn:aws:s3:::images/${object}`,
});

function grantTo(index: number): NewGrant {
  const { 'aws:ecr:arn': arn } = contextOf(index, 0);
  return {
    ...{ grantee: service, retiring: service, issuingAccount: accountId, name: undefined },
    operations: bitsOf(['GenerateDataKey', 'Decrypt']),
    constraint: { type: 'EncryptionContextSubset', context: { 'aws:ecr:arn': arn } },
  };
}

/** One key as full as a key can be, the rest in tens; the very rows that the door would write. */
async function fill({ tables, newKey }: Kms, count: number): Promise<readonly [full: KmsKey, usual: KmsKey]> {
  const [full, usual] = [await newKey(), await newKey()];
  const row = await tables.selectFrom('kms_key').selectAll().limit(1).executeTakeFirstOrThrow();
  const ofFull = Math.min(count / 2, limits.keyGrantsMax - 3 * rounds);
  let made = 0;
  const add = async (key_id: string, number: number) => {
    for (let first = 0; first < number; first += 500) {
      const rows = Array.from({ length: Math.min(500, number - first) }, (_, index) => {
        const { grantee, retiring, issuingAccount, operations, constraint } = grantTo(first + index);
        made += 1;
        return {
          ...{ grant_id: systemRandom.bytes(32).toString('hex'), key_id, region: row.region, grantee, operations },
          ...{ retiring: retiring ?? null, issuing_account: issuingAccount, grant_name: null, fingerprint: null },
          constraint_type: constraint?.type ?? null,
          constraint_context: JSON.stringify(constraint?.context),
          ...{ anchor: anchorOf(constraint), created_at_ms: 0 },
        };
      });
      await tables.insertInto('kms_grant').values(rows).execute();
    }
    await tables.insertInto('kms_grant_count').values({ key_id, region: row.region, grants: number }).execute();
  };
  await add(full.keyId, ofFull);
  await add(usual.keyId, grantsOfKey);
  for (let index = 0; made < count; index += 1) {
    const key_id = `mrk-${index.toString(16).padStart(32, '0')}`;
    await tables
      .insertInto('kms_key')
      .values({ ...row, key_id })
      .execute();
    await add(key_id, grantsOfKey);
  }
  return [full, usual];
}

/** Microseconds of this process's CPU for one of them. */
async function costOf(run: (index: number) => unknown): Promise<string> {
  const before = process.cpuUsage();
  for (let index = 0; index < rounds; index += 1) await run(index);
  const { user, system } = process.cpuUsage(before);
  return `${((user + system) / rounds).toFixed(1)} µs`;
}

async function measure(count: number): Promise<void> {
  const folder = makeBenchFolder('sallyport-grants-');
  const kms = await openTestKms({ file: join(folder.path, 'grants.sqlite') });
  try {
    await sql`pragma synchronous = off`.execute(kms.tables);
    const keys = await fill(kms, count);
    const { grants } = kms.kms.rooms;
    for (const [index, key] of keys.entries()) {
      const many = index === 0 ? Math.min(count / 2, 40_000) : grantsOfKey;
      const use = async (one: number) => {
        const context = contextOf(one % many, one);
        const granted = await grants.granted.use(principal, key.arn, { operation: 'Decrypt', context });
        if (granted !== true) throw new Error(`grant ${one % many} was not found`);
      };
      const ids: string[] = [];
      const cases: ReadonlyArray<readonly [string, (one: number) => unknown]> = [
        ['asked of the database', use],
        ['asked of memory', () => use(0)],
        ['CreateGrant', async (one) => ids.push(await grants.create(key, grantTo(1_000_000 + one)))],
        ['ListGrants, 50', (one) => grants.list(key, one % 2 === 0 ? service : undefined, '', 50)],
        ['RevokeGrant', (one) => grants.remove({ grantId: ids[one] ?? '', keyId: key.keyId, region: key.region })],
      ];
      for (const [name, run] of cases) {
        const which = index === 0 ? 'the fullest key' : 'a key with ten';
        console.log(`${count.toLocaleString('en')} grants, ${which}, ${name}: ${await costOf(run)}`);
      }
    }
  } finally {
    await kms.database.close();
    await folder.remove();
  }
}

leaveNothingBehind();
for (const count of counts) await measure(count);
