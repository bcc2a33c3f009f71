// Identifiers as IAM spells them: base32 letters, a prefix that tells the kind. Key ids are core/key-ids.ts.

import { type AccountId, parseAccountId } from '#core/account.ts';
import type { Random } from '#core/random.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** User, role, group, instance profile, managed policy, version of one (iam.md §5). */
export type IdPrefix = 'AIDA' | 'AROA' | 'AGPA' | 'AIPA' | 'ANPA' | 'ANVA';

/** The prefix and 17 characters: never given twice, so a re-made namesake does not inherit. */
export function newUniqueId(prefix: IdPrefix, random: Random): string {
  return `${prefix}${base32(random.bytes(17))}`;
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
