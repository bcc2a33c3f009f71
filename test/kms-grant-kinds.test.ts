// Grants on keys of every kind: each operation that a grant can allow is refused without one, allowed by one, and over
// with it; what no key of the kind has cannot be granted.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';

const Plaintext = Buffer.from('x');
const Message = createHash('sha256').update('x').digest();
const denied = 'AccessDeniedException';
const oaep = 'RSAES_OAEP_SHA_256';

/** A call that somebody makes; the types of the commands differ in nothing that matters here. */
type Call = readonly [Kms.GrantOperation, Kms.EncryptCommand];
const call = (operation: Kms.GrantOperation, command: object): Call => [operation, command as Kms.EncryptCommand];

interface Kind {
  readonly name: string;
  readonly key: Kms.CreateKeyCommandInput;
  /** What needs a ciphertext, signature or MAC of the key is told it by the administrator's client. */
  readonly calls: (KeyId: string, kms: Kms.KMSClient, other: string) => Promise<readonly Call[]>;
}

const publicKeyAndMore = (KeyId: string): readonly Call[] => [
  call('GetPublicKey', new Kms.GetPublicKeyCommand({ KeyId })),
  call('DescribeKey', new Kms.DescribeKeyCommand({ KeyId })),
];

const kinds: readonly Kind[] = [
  {
    name: 'a key pair that encrypts',
    key: { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
    async calls(KeyId, kms, other) {
      const input = { KeyId, EncryptionAlgorithm: oaep } as const;
      const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ ...input, Plaintext }));
      const { CiphertextBlob: ofOther } = await kms.send(new Kms.EncryptCommand({ KeyId: other, Plaintext }));
      const from = { CiphertextBlob, SourceKeyId: KeyId, SourceEncryptionAlgorithm: oaep, DestinationKeyId: other };
      const to = { CiphertextBlob: ofOther, DestinationKeyId: KeyId, DestinationEncryptionAlgorithm: oaep };
      return [
        call('Encrypt', new Kms.EncryptCommand({ ...input, Plaintext })),
        call('Decrypt', new Kms.DecryptCommand({ ...input, CiphertextBlob })),
        call('ReEncryptFrom', new Kms.ReEncryptCommand(from as Kms.ReEncryptCommandInput)),
        call('ReEncryptTo', new Kms.ReEncryptCommand(to as Kms.ReEncryptCommandInput)),
        ...publicKeyAndMore(KeyId),
      ];
    },
  },
  ...(['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519'] as const).map(
    (KeySpec): Kind => ({
      name: `a key pair that signs, ${KeySpec}`,
      key: { KeySpec, KeyUsage: 'SIGN_VERIFY' },
      async calls(KeyId, kms) {
        const algorithms = { RSA_2048: 'RSASSA_PSS_SHA_256', ECC_NIST_P256: 'ECDSA_SHA_256' } as const;
        const SigningAlgorithm = KeySpec === 'ECC_NIST_EDWARDS25519' ? 'ED25519_SHA_512' : algorithms[KeySpec];
        const input = { KeyId, Message, SigningAlgorithm } as const;
        const { Signature } = await kms.send(new Kms.SignCommand(input));
        return [
          call('Sign', new Kms.SignCommand(input)),
          call('Verify', new Kms.VerifyCommand({ ...input, Signature })),
          ...publicKeyAndMore(KeyId),
        ];
      },
    }),
  ),
  {
    name: 'a key pair that agrees',
    key: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
    async calls(KeyId) {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const PublicKey = publicKey.export({ type: 'spki', format: 'der' });
      const input = { KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' } as const;
      return [call('DeriveSharedSecret', new Kms.DeriveSharedSecretCommand(input)), ...publicKeyAndMore(KeyId)];
    },
  },
  {
    name: 'an HMAC key',
    key: { KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' },
    async calls(KeyId, kms) {
      const input = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_384' } as const;
      const { Mac } = await kms.send(new Kms.GenerateMacCommand(input));
      return [
        call('GenerateMac', new Kms.GenerateMacCommand(input)),
        call('VerifyMac', new Kms.VerifyMacCommand({ ...input, Mac })),
        call('DescribeKey', new Kms.DescribeKeyCommand({ KeyId })),
      ];
    },
  },
  {
    name: 'a symmetric key',
    key: {},
    async calls(KeyId, kms, other) {
      const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId: other, Plaintext }));
      const pair = { KeyId, KeyPairSpec: 'ECC_NIST_P256' } as const;
      return [
        call('GenerateDataKeyPair', new Kms.GenerateDataKeyPairCommand(pair)),
        call('GenerateDataKeyPairWithoutPlaintext', new Kms.GenerateDataKeyPairWithoutPlaintextCommand(pair)),
        call('ReEncryptTo', new Kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId })),
      ];
    },
  },
];
/** Elsewhere (kms-grants.test.ts), and for every kind below. */
const symmetricElsewhere = ['Encrypt', 'Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'];
const ofEvery: readonly string[] = ['CreateGrant', 'RetireGrant', 'DescribeKey'];

describe('grants on every kind of key', () => {
  let house: House;
  let kms: Kms.KMSClient;
  let ann: HouseUser;
  let bob: HouseUser;
  let other: string;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
    [ann, bob] = [await house.user('ann', []), await house.user('bob', [])];
    other = await newKey({});
    await grant(other, ['ReEncryptTo', 'ReEncryptFrom']);
  });
  after(() => house.dispose());

  const newKey = async (input: Kms.CreateKeyCommandInput) =>
    (await kms.send(new Kms.CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const arnOf = (name: string) => `arn:aws:iam::${house.site.home.accountId}:user/${name}`;
  async function grant(KeyId: string, Operations: Kms.GrantOperation[], to = 'ann', by = kms): Promise<string> {
    const input = { KeyId, GranteePrincipal: arnOf(to), Operations };
    return (await by.send(new Kms.CreateGrantCommand(input))).GrantId ?? '';
  }

  for (const { name, key, calls } of kinds) {
    test(`${name}: each use needs its own operation granted`, async () => {
      const KeyId = await newKey(key);
      for (const [operation, command] of await calls(KeyId, kms, other)) {
        await refusedAs(denied, ann.kms.send(command));
        const GrantId = await grant(KeyId, [operation]);
        await ann.kms.send(command);
        await refusedAs(denied, bob.kms.send(command));
        await kms.send(new Kms.RevokeGrantCommand({ KeyId, GrantId }));
        await refusedAs(denied, ann.kms.send(command));
      }
      const [[asked] = []] = await calls(KeyId, kms, other);
      const records = (await house.auditRecords()).filter(
        (one) => one.eventName === asked && one.userIdentity['userName'] === 'ann' && one.resources?.[0]?.ARN === KeyId,
      );
      assert.deepEqual(
        records.map(({ errorCode }) => errorCode),
        ['AccessDenied', undefined, 'AccessDenied'],
      );
    });

    test(`${name}: who was granted to grant passes on what it has, and gives back its own`, async () => {
      const KeyId = await newKey(key);
      const [[operation, command] = []] = await calls(KeyId, kms, other);
      assert.ok(operation !== undefined && command !== undefined);
      await refusedAs(denied, grant(KeyId, [operation], 'bob', ann.kms));
      const GrantId = await grant(KeyId, [operation, 'CreateGrant', 'RetireGrant']);
      await grant(KeyId, [operation], 'bob', ann.kms);
      await bob.kms.send(command);
      await refusedAs(denied, bob.kms.send(new Kms.RetireGrantCommand({ KeyId, GrantId })));
      await ann.kms.send(new Kms.RetireGrantCommand({ KeyId, GrantId }));
      await refusedAs(denied, ann.kms.send(command));
    });

    test(`${name}: nothing else can be granted, and no encryption context asked for where there is none`, async () => {
      const KeyId = await newKey(key);
      const own = (await calls(KeyId, kms, other)).map(([operation]) => operation);
      const fit = new Set<string>([...own, ...ofEvery]);
      if (key.KeySpec === undefined) for (const one of [...symmetricElsewhere, 'ReEncryptFrom']) fit.add(one);
      for (const operation of Object.values(Kms.GrantOperation)) {
        if (fit.has(operation)) await grant(KeyId, [operation]);
        else await refusedAs('ValidationException', grant(KeyId, [operation]));
      }
      if (key.KeySpec === undefined) return;
      const constrained = {
        ...{ KeyId, GranteePrincipal: arnOf('ann'), Operations: ['DescribeKey'] },
        Constraints: { EncryptionContextSubset: { a: 'b' } },
      } satisfies Kms.CreateGrantCommandInput;
      await refusedAs('ValidationException', kms.send(new Kms.CreateGrantCommand(constrained)));
    });
  }
});
