// Access key ids: `AKIA` for long-term keys, `ASIA` for temporary ones, the account inside (iam.md §5).

import { type AccountId, parseAccountId } from './account.ts';
import type { Random } from './random.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const accountBits = 40n;

export function newAccessKeyId(accountId: AccountId, random: Random): string {
  return `AKIA${keyLetters(accountId, random)}`;
}

export function newSessionKeyId(accountId: AccountId, random: Random): string {
  return `ASIA${keyLetters(accountId, random)}`;
}

/**
 * 16 characters, the first of which hold the account: base32-decoded, the first 6 bytes shifted right by 7 are the
 * account id, as `sts:GetAccessKeyInfo` and leak scanners expect.
 */
function keyLetters(accountId: AccountId, random: Random): string {
  const noise = random.bytes(6);
  const head = (1n << 47n) | (BigInt(accountId) << 7n) | BigInt((noise[0] ?? 0) & 0x7f);
  const tail = noise.readUIntBE(1, 4);
  let value = (head << 32n) | BigInt(tail);
  let text = '';
  for (let index = 0; index < 16; index += 1) {
    text = alphabet.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}

/** The account that an access key id says it belongs to; undefined when the id is not of that form. */
export function accountOfAccessKeyId(accessKeyId: string): AccountId | undefined {
  if (!/^(AKIA|ASIA)[A-Z2-7]{16}$/.test(accessKeyId)) return undefined;
  let value = 0n;
  for (const letter of accessKeyId.slice(4)) value = (value << 5n) | BigInt(alphabet.indexOf(letter));
  const account = (value >> (32n + 7n)) & ((1n << accountBits) - 1n);
  return parseAccountId(account.toString().padStart(12, '0'));
}
