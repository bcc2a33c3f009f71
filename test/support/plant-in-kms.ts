// Plants markers in KMS: in key policies and plaintexts, and looks after each key that it makes or is given.

import { randomBytes } from 'node:crypto';
import * as Kms from '@aws-sdk/client-kms';
import { importMaterial } from './import-material.ts';
import { malformedWith, type Planting, policyWith, refused } from './planting.ts';

/** The ARN of a key that encrypts. */
export async function plantInKms(planting: Planting): Promise<string> {
  const { markers, kms, account } = planting;
  const policy = (what: string) =>
    policyWith(markers, what, { Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' });
  const made = await kms.send(new Kms.CreateKeyCommand({ Policy: policy('key policy'), MultiRegion: true }));
  const KeyId = made.KeyMetadata?.Arn ?? '';
  await kms.send(new Kms.PutKeyPolicyCommand({ KeyId, Policy: policy('changed key policy') }));
  const malformed = malformedWith(markers, 'malformed key policy');
  await refused(kms.send(new Kms.PutKeyPolicyCommand({ KeyId, Policy: malformed })));
  await refused(kms.send(new Kms.CreateKeyCommand({ Policy: malformed })));
  const ReplicaRegion = 'eu-west-1';
  await kms.send(new Kms.ReplicateKeyCommand({ KeyId, ReplicaRegion, Policy: policy('policy of a replica') }));
  await plantPlaintexts(planting, KeyId);
  await plantMaterial(planting);
  return KeyId;
}

async function plantPlaintexts({ markers, kms }: Planting, KeyId: string): Promise<void> {
  const text = (what: string) => Buffer.from(markers.text(what));
  const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: text('plaintext') }));
  await kms.send(new Kms.DecryptCommand({ CiphertextBlob }));
  await kms.send(new Kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId }));
  await refused(kms.send(new Kms.EncryptCommand({ KeyId: 'alias/none', Plaintext: text('refused plaintext') })));
  await refused(kms.send(new Kms.DecryptCommand({ CiphertextBlob: text('no ciphertext') })));
  const dataKey = await kms.send(new Kms.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
  markers.secret('data key', dataKey.Plaintext);
  const pair = await kms.send(new Kms.GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }));
  markers.secret('private half of a data key pair', pair.PrivateKeyPlaintext);
  markers.secret('random bytes', (await kms.send(new Kms.GenerateRandomCommand({ NumberOfBytes: 32 }))).Plaintext);
  const mac = await kms.send(new Kms.CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }));
  const ofMac = { KeyId: mac.KeyMetadata?.Arn, MacAlgorithm: 'HMAC_SHA_256' } as const;
  await kms.send(new Kms.GenerateMacCommand({ ...ofMac, Message: text('message of a MAC') }));
  const signing = await kms.send(new Kms.CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
  const ofSign = { KeyId: signing.KeyMetadata?.Arn, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
  await kms.send(new Kms.SignCommand({ ...ofSign, Message: text('signed message') }));
}

async function plantMaterial({ markers, kms }: Planting): Promise<void> {
  const made = await kms.send(new Kms.CreateKeyCommand({ Origin: 'EXTERNAL' }));
  const KeyId = made.KeyMetadata?.Arn ?? '';
  const [material, other] = [randomBytes(32), randomBytes(32)];
  markers.secret('imported material', material);
  markers.secret('refused material', other);
  await importMaterial(kms, KeyId, material);
  await refused(importMaterial(kms, KeyId, other));
  await refused(importMaterial(kms, KeyId, randomBytes(31)));
  await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: Buffer.from(markers.text('under imported material')) }));
}
