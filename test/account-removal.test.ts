// What a closed account had is gone once its 90 days are over: no table of the site names anything of it any more.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import * as Kms from '@aws-sdk/client-kms';
import * as Sts from '@aws-sdk/client-sts';
import { sql } from 'kysely';
import { loadConfig } from '../src/config/load.ts';
import { systemClock } from '../src/core/clock.ts';
import { limits } from '../src/core/limits.ts';
import { systemRandom } from '../src/core/random.ts';
import { openFileRoot, openKeys } from '../src/site/keys/open-keys.ts';
import { openSite } from '../src/site/open-site.ts';
import { openSiteDatabase } from '../src/site/stores.ts';
import { administratorOf } from './support/administrator.ts';
import { filesWith, issued, openLater, runAlone, wrappedPieces } from './support/deleted-key.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';

const platform = { clock: systemClock, random: systemRandom };
const future = { ...systemClock, nowMs: () => systemClock.nowMs() + limits.closedAccountKeptMs };
const repositoryName = 'app';
const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
const allow = document({ Effect: 'Allow', Action: 'ecr:*', Resource: '*' });
const Tags = [{ Key: 'team', Value: 'one' }];

/** Something in every table that holds what an account has. */
async function furnish({ ecr, iam, kms, sts }: HouseUser, accountId: string): Promise<void> {
  await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName, tags: Tags }));
  const layerBlob = Buffer.from(`layer of ${accountId}`);
  const { uploadId } = await ecr.send(new Ecr.InitiateLayerUploadCommand({ repositoryName }));
  const part = { partFirstByte: 0, partLastByte: layerBlob.length - 1, layerPartBlob: layerBlob };
  await ecr.send(new Ecr.UploadLayerPartCommand({ repositoryName, uploadId, ...part }));
  await ecr.send(new Ecr.InitiateLayerUploadCommand({ repositoryName }));
  const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({ Tags: [{ TagKey: 'team', TagValue: accountId }] }));
  await kms.send(new Kms.CreateAliasCommand({ AliasName: 'alias/own', TargetKeyId: KeyMetadata?.KeyId }));
  const encryptionConfiguration = { encryptionType: 'KMS', kmsKey: 'alias/own' } as const;
  await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'keyed', encryptionConfiguration }));
  const UserName = 'ann';
  await iam.send(new Iam.CreateUserCommand({ UserName, Tags }));
  await iam.send(new Iam.PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: allow }));
  // First: else a job may remove the old password at once.
  await iam.send(new Iam.UpdateAccountPasswordPolicyCommand({ PasswordReusePrevention: 3 }));
  await iam.send(new Iam.CreateLoginProfileCommand({ UserName, Password: 'Correct horse 7 battery' }));
  await iam.send(new Iam.UpdateLoginProfileCommand({ UserName, Password: 'Another horse 8 battery' }));
  const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName }));
  assert.ok(AccessKey);
  await iam.send(new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone', Tags }));
  await iam.send(new Iam.CreateGroupCommand({ GroupName: 'staff' }));
  await iam.send(new Iam.AddUserToGroupCommand({ GroupName: 'staff', UserName }));
  const { Policy } = await iam.send(new Iam.CreatePolicyCommand({ PolicyName: 'mine', PolicyDocument: allow, Tags }));
  await iam.send(new Iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: Policy?.Arn }));
  await iam.send(new Iam.CreateInstanceProfileCommand({ InstanceProfileName: 'host', Tags }));
  const RoleName = 'OrganizationAccountAccessRole';
  await iam.send(new Iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: 'host', RoleName }));
  await iam.send(
    new Iam.CreateOpenIDConnectProviderCommand({ Url: 'https://issuer.example', ClientIDList: ['a'], Tags }),
  );
  await iam.send(new Iam.CreateAccountAliasCommand({ AccountAlias: 'short-lived' }));
  await iam.send(new Iam.GenerateCredentialReportCommand({}));
  await sts.send(new Sts.GetSessionTokenCommand({}));
}

/** Every row of every table, as the texts and numbers in it. */
async function rowsOf(dataFolder: string) {
  const keys = await openKeys(dataFolder, platform.random, openFileRoot);
  const { database } = await openSiteDatabase(dataFolder, platform, keys);
  try {
    const tables = database.tables<Record<string, object>>();
    const all = [];
    for (const { name } of await tables.introspection.getTables()) {
      const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(tables);
      for (const row of rows) all.push({ table: name, row });
    }
    return all;
  } finally {
    await database.close();
  }
}

type Rows = Awaited<ReturnType<typeof rowsOf>>;

/** Rows that name one of these; what stays of a removed account is its own row, domain keys, and proof of the rest. */
function naming(rows: Rows, names: ReadonlySet<string>): Rows {
  const isOne = (value: unknown) => typeof value === 'string' && [...names].some((name) => value.includes(name));
  const kept = new Set(['account', 'key_domain', 'kms_erasure', 'kms_erased_repository', 'kms_erasure_list']);
  return rows.filter(({ table, row }) => !kept.has(table) && Object.values(row).some(isOne));
}

describe('an account that was closed 90 days ago', () => {
  let house: House;
  let guestId = '';
  let guestKey = '';
  let pieces: readonly Buffer[] = [];
  const sallyport = (...args: readonly string[]) =>
    runCommand(process.execPath, ['src/main.ts', 'account', ...args, '--data', house.dataFolder]);
  before(async () => {
    house = await openHouse();
    await furnish(house.administrator, house.site.home.accountId).catch((error: unknown) => {
      // Home has no bootstrap role to put into a profile: all before that is there.
      assert.match(String(error), /OrganizationAccountAccessRole/);
    });
    const made = JSON.parse((await sallyport('create', '--json')).stdout) as Record<string, string>;
    guestId = made['accountId'] ?? '';
    await furnish(house.as(await administratorOf(house.dataFolder, house.url, made['profile'])), guestId);
    await sallyport('close', guestId);
    await house.stop();
    const isGuests = ({ table, row }: Rows[number]) => table === 'kms_key' && row['account_id'] === guestId;
    const keyId = String((await rowsOf(house.dataFolder)).find(isGuests)?.row['key_id']);
    guestKey = `arn:aws:kms:us-east-1:${guestId}:key/${keyId}`;
    pieces = wrappedPieces(house.dataFolder, guestKey);
    assert.equal(pieces.length, 9, 'material, and two keys of a slot');
    assert.deepEqual(await filesWith(house.dataFolder, pieces), ['sallyport.db']);
  });
  after(() => house.dispose());

  /** Starts the site 90 days later and waits until its audit tells of the removal. */
  async function liveOn(): Promise<Record<string, unknown>> {
    const flags = { '--data': house.dataFolder, '--listen': '127.0.0.1:0' };
    const { config } = loadConfig({ flags, environment: {}, workingFolder: house.dataFolder });
    const site = await openSite(config, {
      log: () => undefined,
      platform: { ...platform, clock: future },
      jobsDelayMs: 0,
    });
    try {
      for (;;) {
        const folder = join(house.dataFolder, 'audit');
        const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
        const text = (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
        const line = text.split('\n').find((one) => /^\{"eventVersion".*"RemoveAccountContent"/.test(one));
        if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
        // Nobody is told when a job has run: looking again later is all that can be done.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } finally {
      await site.close();
    }
  }

  test('is named by no table any more, and the home account has lost nothing', { timeout: 60_000 }, async () => {
    const before = await rowsOf(house.dataFolder);
    const names = new Set([guestId]);
    // Ids of what the account has, and then of what names these.
    for (let round = 0; round < 2; round += 1) {
      for (const { row } of naming(before, names)) {
        for (const value of Object.values(row)) {
          if (typeof value === 'string' && /^(A[A-Z]{3}[A-Z2-7]{16,17}|rt-[0-9a-f]{20})$/.test(value)) names.add(value);
        }
      }
    }
    const held = new Set(naming(before, names).map(({ table }) => table));
    for (const table of [
      ...['iam_user', 'access_key', 'access_key_use', 'login_profile', 'inline_policy', 'policy_attachment', 'iam_tag'],
      ...['permissions_boundary', 'iam_group', 'group_member', 'iam_role', 'instance_profile', 'customer_policy'],
      ...['customer_policy_version', 'mfa_device', 'oidc_provider', 'account_alias', 'password_policy', 'iam_report'],
      ...['session_revocation', 'iam_activity', 'repository', 'upload', 'issued', 'old_password'],
      'kms_repository_key',
    ]) {
      assert.ok(held.has(table), `${table} holds something of the account`);
    }
    const record = await liveOn();
    assert.deepEqual(record['requestParameters'], { accountId: guestId });
    assert.equal((record['responseElements'] as Record<string, unknown>)['isComplete'], true);
    const left = await rowsOf(house.dataFolder);
    assert.deepEqual(
      naming(left, names).map(({ table }) => table),
      [],
    );
    const homes = (rows: Rows, table: string) => {
      const isGuests = naming(rows, names);
      return rows.filter((one) => one.table === table && !isGuests.includes(one)).length;
    };
    for (const table of held) {
      // These go by themselves in so long a time.
      if (['upload', 'upload_part', 'issued', 'session_revocation', 'iam_activity'].includes(table)) continue;
      assert.ok(homes(before, table) <= homes(left, table), `${table} of home`);
    }
    const { row } = left.find(({ table, row: one }) => table === 'account' && one['account_id'] === guestId) ?? {};
    assert.ok(Number(row?.['removed_at_ms']) > 0);
  });

  test('is shown as removed and does not come back, nor does another account get its number', async () => {
    assert.match((await sallyport('list')).stdout, new RegExp(`^${guestId}  .*  \\(removed\\)$`, 'm'));
    const all = ['src/main.ts', 'account', 'reopen', guestId, '--data', house.dataFolder];
    const { stderr } = await runCommand(process.execPath, all, { codes: [1] });
    assert.match(stderr, /its content is removed/);
  });

  test('its keys are in no file any more, and each has a certificate', { timeout: 60_000 }, async () => {
    const later = await openLater(house.dataFolder, 91);
    const lines = (await issued(house.dataFolder)).filter(({ accountId }) => accountId === guestId);
    await later.close();
    assert.deepEqual(
      lines.map(({ keyArn }) => keyArn),
      [guestKey],
    );
    assert.deepEqual(await filesWith(house.dataFolder, pieces), []);
    const papers = ['--data', house.dataFolder, '--host', '--json'];
    const said = await runAlone('certificate', 'show', lines[0]?.certificateId ?? '', ...papers);
    const { deletion, madeUnreadable } = JSON.parse(said.out);
    assert.equal(deletion.cause, 'RemoveAccountContent');
    const names = madeUnreadable.listed.map(({ arn, id }: { arn: string; id: number | null }) => [arn.slice(-5), id]);
    assert.deepEqual(names, [['keyed', null]], 'the repository had gone before its key');
  });
});
