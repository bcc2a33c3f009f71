// Input that is wrong in ways that people meet: members left out, keys of another account or region, contexts in
// another order, plaintexts that are too long. Each is refused in AWS's words and changes nothing.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';

const home = 'us-east-1';
const away = 'eu-west-1';
const Plaintext = Buffer.from('x');

describe('wrong input', () => {
  let house: House;
  let kms: Kms.KMSClient;
  let there: Kms.KMSClient;
  let KeyId: string;
  let id: string;
  before(async () => {
    house = await openHouse(`regions: [${home}, ${away}]`);
    ({ kms } = house.administrator);
    there = house.as({ ...house.administrator.options, region: away }).kms;
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({ Description: 'as it was' }));
    [KeyId, id] = [KeyMetadata?.Arn ?? '', KeyMetadata?.KeyId ?? ''];
  });
  after(() => house.dispose());

  type Command = InstanceType<typeof Kms.DescribeKeyCommand>;
  /** What is sent to a key, by whichever name it is called; the types differ in nothing that matters here. */
  const callsTo = (name: string): readonly Command[] => {
    const ann = { GranteePrincipal: `arn:aws:iam::${KeyId.split(':')[4]}:root`, Operations: ['Encrypt' as const] };
    const commands: readonly object[] = [
      new Kms.DescribeKeyCommand({ KeyId: name }),
      new Kms.EncryptCommand({ KeyId: name, Plaintext }),
      new Kms.GenerateDataKeyCommand({ KeyId: name, KeySpec: 'AES_256' }),
      new Kms.CreateGrantCommand({ KeyId: name, ...ann }),
      new Kms.ListGrantsCommand({ KeyId: name }),
      new Kms.GetKeyPolicyCommand({ KeyId: name }),
      new Kms.PutKeyPolicyCommand({ KeyId: name, Policy: '{}' }),
      new Kms.UpdateKeyDescriptionCommand({ KeyId: name, Description: 'changed' }),
      new Kms.TagResourceCommand({ KeyId: name, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
      new Kms.DisableKeyCommand({ KeyId: name }),
      new Kms.EnableKeyRotationCommand({ KeyId: name }),
      new Kms.ScheduleKeyDeletionCommand({ KeyId: name }),
      new Kms.CreateAliasCommand({ AliasName: 'alias/wrong', TargetKeyId: name }),
    ];
    return commands as readonly Command[];
  };
  async function isAsItWas(): Promise<void> {
    const { KeyMetadata } = await kms.send(new Kms.DescribeKeyCommand({ KeyId }));
    assert.deepEqual([KeyMetadata?.KeyState, KeyMetadata?.Description], ['Enabled', 'as it was']);
    assert.deepEqual((await kms.send(new Kms.ListResourceTagsCommand({ KeyId }))).Tags, []);
    assert.deepEqual((await kms.send(new Kms.ListGrantsCommand({ KeyId }))).Grants, []);
    for (const by of [kms, there]) {
      const { Aliases = [] } = await by.send(new Kms.ListAliasesCommand({}));
      assert.ok(!Aliases.some(({ AliasName }) => AliasName === 'alias/wrong'));
    }
  }

  test('a member that is missing is named as AWS names it', async () => {
    const missing: ReadonlyArray<readonly [object, string]> = [
      [new Kms.DescribeKeyCommand({} as Kms.DescribeKeyCommandInput), 'keyId'],
      [new Kms.EncryptCommand({ KeyId } as Kms.EncryptCommandInput), 'plaintext'],
      [new Kms.CreateAliasCommand({ TargetKeyId: KeyId } as Kms.CreateAliasCommandInput), 'aliasName'],
      [new Kms.CreateGrantCommand({ KeyId } as Kms.CreateGrantCommandInput), 'operations'],
      [new Kms.ImportKeyMaterialCommand({ KeyId } as Kms.ImportKeyMaterialCommandInput), 'importToken'],
      [new Kms.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a' } as Kms.Tag] }), 'tags.1.member.tagValue'],
    ];
    for (const [command, member] of missing) {
      await assert.rejects(kms.send(command as Command), {
        name: 'ValidationException',
        message:
          `1 validation error detected: Value null at '${member}' failed to satisfy constraint: ` +
          'Member must not be null',
      });
    }
  });

  test('a key of another region is not there', async () => {
    const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    for (const command of callsTo(id)) {
      await refusedAs(
        'NotFoundException',
        there.send(command),
        new RegExp(`^Key '.*:${away}:.*${id}' does not exist$`),
      );
    }
    for (const command of callsTo(KeyId)) await refusedAs('NotFoundException', there.send(command), /^Invalid arn /);
    const refers = /^The ciphertext refers to a customer master key that does not exist/;
    const opening = new Kms.DecryptCommand({ CiphertextBlob });
    await refusedAs('AccessDeniedException', there.send(opening), refers);
    const moving = new Kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId });
    await refusedAs('AccessDeniedException', there.send(moving), refers);
    await isAsItWas();
  });

  test('a key under the number of another account is nobody’s', async () => {
    const [account = ''] = KeyId.split(':').slice(4);
    for (const foreign of [KeyId.replace(account, '999999999999'), KeyId.replace(account, '000000000000')]) {
      for (const command of callsTo(foreign)) await refusedAs('AccessDeniedException', kms.send(command));
    }
    for (const broken of [KeyId.replace(account, '1'), KeyId.replace(`${account}:`, '')]) {
      for (const command of callsTo(broken)) await refusedAs('InvalidArnException', kms.send(command));
    }
    await isAsItWas();
  });

  test('the order of a context says nothing, everything else of it does', async () => {
    const context = { b: '2', a: '1', c: '' };
    const orders = [
      { a: '1', b: '2', c: '' },
      { c: '', b: '2', a: '1' },
    ];
    const { CiphertextBlob } = await kms.send(
      new Kms.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: context }),
    );
    for (const EncryptionContext of orders) {
      await kms.send(new Kms.DecryptCommand({ CiphertextBlob, EncryptionContext }));
      const input = { CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId: KeyId };
      await kms.send(new Kms.ReEncryptCommand(input));
    }
    for (const EncryptionContext of [{}, { a: '1', b: '2' }, { ...context, d: '' }, { a: '2', b: '1', c: '' }]) {
      const opening = kms.send(new Kms.DecryptCommand({ CiphertextBlob, EncryptionContext }));
      await assert.rejects(opening, { name: 'InvalidCiphertextException' });
    }
  });

  test('4,096 bytes are encrypted and 4,097 are not, under any kind of key', async () => {
    const long = Buffer.alloc(4097, 'x');
    const refused = {
      name: 'ValidationException',
      message: /^1 validation error detected: Value at 'plaintext' .* length less than or equal to 4096$/,
    };
    const rsa = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } as const;
    const pair = (await kms.send(new Kms.CreateKeyCommand(rsa))).KeyMetadata?.Arn ?? '';
    await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: long.subarray(1) }));
    const byPair = { KeyId: pair, Plaintext: long, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    for (const input of [{ KeyId, Plaintext: long }, byPair]) {
      await assert.rejects(kms.send(new Kms.EncryptCommand(input)), refused);
    }
    const records = await house.auditRecords();
    assert.ok(!JSON.stringify([records, house.log]).includes('xxxxxxxx'));
  });
});
