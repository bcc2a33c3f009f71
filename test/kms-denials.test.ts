// A caller without permission is refused every operation of KMS, by name, before anything happens.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { later } from '../src/core/operation.ts';
import { kmsService } from '../src/services/kms/service.ts';
import { schemaOf } from '../src/wire/schema.ts';
import { sampleInput } from './hostile/generated/samples.ts';
import { type House, openHouse } from './support/house.ts';

const schema = schemaOf({ name: 'kms', schema: 'kms' });
const served = Object.entries(kmsService({} as never).operations).flatMap(([name, entry]) =>
  entry === later ? [] : [name],
);
/** Never served: their makers are others. They are refused in one way for those who may do everything. */
const elsewhere = [
  'CreateCustomKeyStore',
  'UpdateCustomKeyStore',
  'DeleteCustomKeyStore',
  'ConnectCustomKeyStore',
  'DisconnectCustomKeyStore',
  'DescribeCustomKeyStores',
];
type Make = new (input: object) => object;

function commandOf(name: string, given: object): object {
  // The SDK exports its commands by name.
  const Command = (Kms as unknown as Readonly<Record<string, Make>>)[`${name}Command`];
  assert.ok(Command !== undefined, name);
  return new Command({ ...sampleInput(schema, schema.operations[name]?.input ?? null), ...given });
}

describe('a caller without permission', () => {
  let house: House;
  before(async () => {
    house = await openHouse();
  });
  after(() => house.dispose());

  test('is refused each operation, and each refusal is recorded', async () => {
    const { kms } = house.administrator;
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({}));
    const KeyId = KeyMetadata?.Arn ?? '';
    await kms.send(new Kms.CreateAliasCommand({ AliasName: 'alias/there', TargetKeyId: KeyId }));
    const encrypted = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    const { CiphertextBlob } = encrypted;
    const named = {
      KeyId,
      TargetKeyId: KeyId,
      DestinationKeyId: KeyId,
      AliasName: 'alias/there',
      CiphertextBlob,
      SigningAlgorithm: 'ECDSA_SHA_256',
      MacAlgorithm: 'HMAC_SHA_256',
      KeyPairSpec: 'ECC_NIST_P256',
      KeyAgreementAlgorithm: 'ECDH',
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
      ReplicaRegion: 'eu-west-1',
      PrimaryRegion: 'eu-west-1',
      Tags: [],
      GranteePrincipal: KeyId.replace(/^arn:aws:kms:[^:]*(.*):.*$/, 'arn:aws:iam:$1:root'),
      Operations: ['Encrypt'],
      GrantId: '0'.repeat(64),
    };
    const { kms: outsider } = await house.user('outsider', []);
    for (const name of served) {
      const members = Object.keys(structureOf(name));
      const given = Object.fromEntries(Object.entries(named).filter(([member]) => members.includes(member)));
      await assert.rejects(outsider.send(commandOf(name, given) as never), (error: Error) => {
        assert.equal(error.name, 'AccessDeniedException', `${name}: ${error.name} ${error.message}`);
        const action = name === 'ReEncrypt' ? 'ReEncryptTo' : name;
        assert.match(error.message, new RegExp(`not authorized to perform: kms:${action} on resource: `));
        return true;
      });
    }
    const records = await house.auditRecords();
    const refused = records.filter(({ errorCode }) => errorCode === 'AccessDenied').map(({ eventName }) => eventName);
    assert.deepEqual(refused.toSorted(), served.toSorted());
  });

  test('whoever may do everything is told what is never served', async () => {
    for (const name of elsewhere) {
      await assert.rejects(house.administrator.kms.send(commandOf(name, {}) as never), {
        name: 'UnsupportedOperationException',
      });
    }
  });
});

function structureOf(operation: string): object {
  const shape = schema.shapes[schema.operations[operation]?.input ?? ''];
  return shape?.type === 'structure' ? shape.members : {};
}
