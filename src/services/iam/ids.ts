// Identifiers as IAM spells them: base32 letters, a prefix that tells the kind, the account inside an access key id.

import { type AccountId, parseAccountId } from '#core/account.ts';
import type { Random } from '#core/random.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const accountBits = 40n;

/** `AIDA` and 17 characters: never given twice, so a re-made namesake does not inherit (iam.md §5). */
export function newUserId(random: Random): string {
  return `AIDA${base32(random.bytes(17))}`;
}

/**
 * `AKIA` and 16 characters, the first of which hold the account: base32-decoded, the first 6 bytes shifted right by 7
 * are the account id, as `sts:GetAccessKeyInfo` and leak scanners expect.
 */
export function newAccessKeyId(accountId: AccountId, random: Random): string {
  const noise = random.bytes(6);
  const head = (1n << 47n) | (BigInt(accountId) << 7n) | BigInt((noise[0] ?? 0) & 0x7f);
  const tail = noise.readUIntBE(1, 4);
  let value = (head << 32n) | BigInt(tail);
  let text = '';
  for (let index = 0; index < 16; index += 1) {
    text = alphabet.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return `AKIA${text}`;
}

/** The account that an access key id says it belongs to; undefined when the id is not of that form. */
export function accountOfAccessKeyId(accessKeyId: string): AccountId | undefined {
  if (!/^(AKIA|ASIA)[A-Z2-7]{16}$/.test(accessKeyId)) return undefined;
  let value = 0n;
  for (const letter of accessKeyId.slice(4)) value = (value << 5n) | BigInt(alphabet.indexOf(letter));
  const account = (value >> (32n + 7n)) & ((1n << accountBits) - 1n);
  return parseAccountId(account.toString().padStart(12, '0'));
}

/** 40 characters of base64: 240 random bits. */
export function newSecretAccessKey(random: Random): string {
  return random.bytes(30).toString('base64');
}

/** Twelve digits, the first not zero. */
export function newAccountId(random: Random): AccountId {
  const number = 100_000_000_000 + (random.bytes(6).readUIntBE(0, 6) % 900_000_000_000);
  const accountId = parseAccountId(String(number));
  if (accountId === undefined) throw new Error('a new account id has twelve digits');
  return accountId;
}

function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => alphabet.charAt(byte & 31)).join('');
}
