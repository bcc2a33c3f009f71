// The key that a site signs certificates with: Ed25519, made at first need, its private half sealed under the site key.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock } from '#core/clock.ts';
import type { Random } from '#core/random.ts';
import type { EnvelopeSigner } from '#std/dsse.ts';
import type { Database } from '#stores/sql/database.ts';
import { nonceBytes, openWith, sealWith } from '../sealing.ts';
import { certificateKeyId } from './certificate.ts';
import { findSigningKey, insertSigningKey, type SigningKeyRow, type SigningKeyTables } from './signing-keys/tables.ts';

export interface SigningKeyOptions {
  readonly database: Database;
  /** 32 bytes, derived from the site key for this use alone. */
  readonly secret: Buffer;
  readonly clock: Clock;
  readonly random: Random;
}

export interface SigningKey extends EnvelopeSigner {
  readonly publicKey: KeyObject;
}

const seedBytes = 32;
/** PKCS#8 of Ed25519 (RFC 8410) up to the seed. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Several processes that make it at once have the same one. Throws a sentence when the row is not what it was. */
export async function openSigningKey(options: SigningKeyOptions): Promise<SigningKey> {
  const tables = options.database.tables<SigningKeyTables>();
  const row = (await findSigningKey(tables)) ?? (await make(options));
  return unsealSigningKey(row, options.secret);
}

export function unsealSigningKey(row: SigningKeyRow, secret: Buffer): SigningKey {
  const seed = openWith(secret, contextOf(row.key_id), row.sealed_key);
  const privateKey = privateKeyOf(seed);
  seed.fill(0);
  const publicKey = createPublicKey(privateKey);
  const keyId = certificateKeyId(publicKey);
  if (keyId !== row.key_id) throw new Error(`the signing key ${row.key_id} is not the one of that name`);
  return { keyId, privateKey, publicKey };
}

async function make({ database, secret, clock, random }: SigningKeyOptions): Promise<SigningKeyRow> {
  const seed = random.bytes(seedBytes);
  const key_id = certificateKeyId(createPublicKey(privateKeyOf(seed)));
  const sealed_key = sealWith(secret, random.bytes(nonceBytes), contextOf(key_id), seed);
  seed.fill(0);
  const row = { number: 1, key_id, sealed_key, created_at_ms: clock.nowMs() };
  return database.transact<SigningKeyTables, SigningKeyRow>((transaction) => insertSigningKey(transaction, row));
}

function privateKeyOf(seed: Buffer): KeyObject {
  const der = Buffer.concat([pkcs8Prefix, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
}

function contextOf(keyId: string): Buffer {
  return Buffer.from(`site-signing-key\n${keyId}`);
}
