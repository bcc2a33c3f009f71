// The aws CLI and boto3 with KMS: a key, an alias, files encrypted and opened, rotation, a policy, deletion.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../support/run-command.ts';
import type { ClientSite } from './client-site.ts';
import type { ClientTest } from './client-test.ts';

const alias = 'alias/clients/app';
const context = ['--encryption-context', 'app=web,stage=test'];

export const awsKms: ClientTest = {
  name: 'aws CLI: KMS',
  programs: ['aws'],
  async run(site) {
    const keyArn = await makesAKey(site);
    await encryptsAFile(site, keyArn);
    await grants(site, keyArn);
    await disablesAndEnables(site, keyArn);
    await rotates(site, keyArn);
    await changesThePolicy(site, keyArn);
    await boto3OpensWhatTheCliEncrypted(site);
    await schedulesDeletion(site, keyArn);
  },
};

async function makesAKey(site: ClientSite): Promise<string> {
  const create = ['kms', 'create-key', '--description', 'of the clients', '--tags', 'TagKey=team,TagValue=red'];
  const { KeyMetadata } = await site.aws(...create);
  const key = KeyMetadata as {
    readonly Arn: string;
    readonly KeyState: string;
    readonly CreationDate: string | number;
  };
  assert.equal(key.KeyState, 'Enabled');
  // Version 1 of the CLI prints seconds, version 2 a date.
  const { CreationDate: made } = key;
  const atMs = typeof made === 'number' ? made * 1000 : Date.parse(made);
  assert.ok(Math.abs(atMs - Date.now()) < 3600_000, String(made));
  await site.run('aws', ['kms', 'create-alias', '--alias-name', alias, '--target-key-id', key.Arn]);
  const { Aliases } = await site.aws('kms', 'list-aliases', '--key-id', key.Arn);
  assert.deepEqual(
    (Aliases as ReadonlyArray<{ AliasName: string }>).map(({ AliasName }) => AliasName),
    [alias],
  );
  const { Tags } = await site.aws('kms', 'list-resource-tags', '--key-id', key.Arn);
  assert.deepEqual(Tags, [{ TagKey: 'team', TagValue: 'red' }]);
  // Page by page.
  const { Keys } = await site.aws('kms', 'list-keys', '--page-size', '1');
  assert.ok((Keys as ReadonlyArray<{ KeyArn: string }>).some(({ KeyArn }) => KeyArn === key.Arn));
  return key.Arn;
}

async function encryptsAFile(site: ClientSite, keyArn: string): Promise<void> {
  const folder = await site.folder('kms');
  const [plain, sealed] = [join(folder, 'plain'), join(folder, 'sealed')];
  await writeFile(plain, 'what only the key opens');
  const encrypt = ['kms', 'encrypt', '--key-id', alias, '--plaintext', `fileb://${plain}`, ...context];
  const { CiphertextBlob, KeyId } = await site.aws(...encrypt);
  assert.equal(KeyId, keyArn);
  await writeFile(sealed, Buffer.from(String(CiphertextBlob), 'base64'));
  const decrypt = ['kms', 'decrypt', '--ciphertext-blob', `fileb://${sealed}`];
  const { Plaintext } = await site.aws(...decrypt, '--encryption-context', 'stage=test,app=web');
  assert.equal(Buffer.from(String(Plaintext), 'base64').toString(), await readFile(plain, 'utf8'));
  const { stderr } = await site.run('aws', [...decrypt, '--encryption-context', 'app=web'], { codes: [254, 255] });
  assert.match(stderr, /InvalidCiphertextException/);
  const made = await site.aws('kms', 'generate-data-key', '--key-id', alias, '--key-spec', 'AES_256');
  assert.equal(Buffer.from(String(made['Plaintext']), 'base64').length, 32);
  const moved = ['kms', 're-encrypt', '--ciphertext-blob', `fileb://${sealed}`, '--destination-key-id', alias];
  const again = await site.aws(...moved, '--source-encryption-context', 'app=web,stage=test');
  assert.equal(again['SourceKeyId'], keyArn);
}

/** To the registry's own service, as ECR is granted the use of a key. */
async function grants(site: ClientSite, keyArn: string): Promise<void> {
  const service = 'ecr.us-east-1.amazonaws.com';
  const constraint = 'EncryptionContextSubset={aws:ecr:arn=arn:aws:ecr:us-east-1:111122223333:repository/app}';
  const key = ['--key-id', keyArn];
  const whom = ['--grantee-principal', service, '--retiring-principal', service];
  const what = ['--operations', 'GenerateDataKey', 'Decrypt', '--constraints', constraint, '--name', 'clients'];
  const made = await site.aws('kms', 'create-grant', ...key, ...whom, ...what);
  const again = await site.aws('kms', 'create-grant', ...key, ...whom, ...what);
  assert.equal(again['GrantId'], made['GrantId']);
  assert.notEqual(again['GrantToken'], made['GrantToken']);
  const listed = async () => {
    const { Grants } = await site.aws('kms', 'list-grants', ...key, '--grantee-principal', service);
    return (Grants as ReadonlyArray<{ readonly GrantId: string }>).map(({ GrantId }) => GrantId);
  };
  assert.deepEqual(await listed(), [made['GrantId']]);
  await site.run('aws', ['kms', 'retire-grant', '--grant-token', String(made['GrantToken'])]);
  assert.deepEqual(await listed(), []);
  const revoke = ['kms', 'revoke-grant', ...key, '--grant-id', String(made['GrantId'])];
  const { stderr } = await site.run('aws', revoke, { codes: [254, 255] });
  assert.match(stderr, /\(NotFoundException\)/);
}

async function disablesAndEnables(site: ClientSite, keyArn: string): Promise<void> {
  await site.run('aws', ['kms', 'disable-key', '--key-id', keyArn]);
  const generate = ['kms', 'generate-data-key-without-plaintext', '--key-id', alias, '--key-spec', 'AES_128'];
  const { stderr } = await site.run('aws', generate, { codes: [254, 255] });
  assert.match(stderr, /\(DisabledException\).*is disabled\./);
  await site.run('aws', ['kms', 'enable-key', '--key-id', keyArn]);
  await site.aws(...generate);
}

async function rotates(site: ClientSite, keyArn: string): Promise<void> {
  await site.run('aws', ['kms', 'enable-key-rotation', '--key-id', keyArn, '--rotation-period-in-days', '180']);
  const status = await site.aws('kms', 'get-key-rotation-status', '--key-id', keyArn);
  assert.deepEqual([status['KeyRotationEnabled'], status['RotationPeriodInDays']], [true, 180]);
  await site.aws('kms', 'rotate-key-on-demand', '--key-id', keyArn);
  const { Rotations } = await site.aws('kms', 'list-key-rotations', '--key-id', keyArn);
  assert.equal((Rotations as readonly object[]).length, 1);
}

async function changesThePolicy(site: ClientSite, keyArn: string): Promise<void> {
  const read = ['kms', 'get-key-policy', '--key-id', keyArn, '--policy-name', 'default', '--output', 'text'];
  const given = (await site.run('aws', [...read, '--query', 'Policy'])).stdout;
  const { Statement } = JSON.parse(given) as { readonly Statement: readonly object[] };
  const put = ['kms', 'put-key-policy', '--key-id', keyArn, '--policy-name', 'default', '--policy'];
  await site.run('aws', [...put, JSON.stringify({ Version: '2012-10-17', Statement })]);
  const lockedOut = [{ Effect: 'Allow', Principal: { Service: 'ecr.amazonaws.com' }, Action: 'kms:*', Resource: '*' }];
  const bad = JSON.stringify({ Version: '2012-10-17', Statement: lockedOut });
  const { stderr } = await site.run('aws', [...put, bad], { codes: [254, 255] });
  assert.match(stderr, /MalformedPolicyDocumentException/);
}

async function boto3OpensWhatTheCliEncrypted(site: ClientSite): Promise<void> {
  const made = await site.aws('kms', 'encrypt', '--key-id', alias, '--plaintext', 'dHdv', ...context);
  const program = [
    'import base64, boto3, sys',
    "kms = boto3.client('kms')",
    "context = {'stage': 'test', 'app': 'web'}",
    'opened = kms.decrypt(CiphertextBlob=base64.b64decode(sys.argv[1]), EncryptionContext=context)',
    "key = kms.describe_key(KeyId=sys.argv[2])['KeyMetadata']",
    "print(opened['Plaintext'].decode(), opened['KeyId'] == key['Arn'])",
  ].join('\n');
  const python = site.tools.find('python3') ?? 'python3';
  const args = ['-c', program, String(made['CiphertextBlob']), alias];
  const { stdout } = await runCommand(python, args, { env: site.server.awsEnvironment });
  // Version 1 takes the text as it is, version 2 as base64.
  assert.match(stdout, /^(two|dHdv) True\n$/);
}

async function schedulesDeletion(site: ClientSite, keyArn: string): Promise<void> {
  const schedule = ['kms', 'schedule-key-deletion', '--key-id', keyArn, '--pending-window-in-days', '7'];
  const scheduled = await site.aws(...schedule);
  assert.deepEqual([scheduled['KeyState'], scheduled['PendingWindowInDays']], ['PendingDeletion', 7]);
  await site.aws('kms', 'cancel-key-deletion', '--key-id', keyArn);
  const { KeyMetadata } = await site.aws('kms', 'describe-key', '--key-id', keyArn);
  assert.equal((KeyMetadata as { readonly KeyState: string }).KeyState, 'Disabled');
  await site.run('aws', ['kms', 'delete-alias', '--alias-name', alias]);
  await site.aws(...schedule);
}
