// What a grant can allow: each operation with its bit in a row, and the kinds of key that have it.

import type { GrantOperation } from '@aws-sdk/client-kms';

type Kind = 'symmetric' | 'pair' | 'signing' | 'mac' | 'agreement';

const any: readonly Kind[] = ['symmetric', 'pair', 'signing', 'mac', 'agreement'];
const encrypting: readonly Kind[] = ['symmetric', 'pair'];

/** The place in the list is the bit: entries are only ever added, at the end. */
const rights: ReadonlyArray<readonly [GrantOperation, readonly Kind[]]> = [
  ['Decrypt', encrypting],
  ['Encrypt', encrypting],
  ['GenerateDataKey', ['symmetric']],
  ['GenerateDataKeyWithoutPlaintext', ['symmetric']],
  ['ReEncryptFrom', encrypting],
  ['ReEncryptTo', encrypting],
  ['Sign', ['signing']],
  ['Verify', ['signing']],
  ['GetPublicKey', ['pair', 'signing', 'agreement']],
  ['CreateGrant', any],
  ['RetireGrant', any],
  ['DescribeKey', any],
  ['GenerateDataKeyPair', ['symmetric']],
  ['GenerateDataKeyPairWithoutPlaintext', ['symmetric']],
  ['GenerateMac', ['mac']],
  ['VerifyMac', ['mac']],
  ['DeriveSharedSecret', ['agreement']],
];

const bits: ReadonlyMap<string, number> = new Map(rights.map(([name], index) => [name, 2 ** index]));

/** Those that take an encryption context: constraints are about them alone. */
const withContext: ReadonlySet<string> = new Set([
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
]);

export const grantOperationNames: readonly GrantOperation[] = rights.map(([name]) => name);

/** 0 for what no grant can allow. */
export function bitOf(operation: string): number {
  return bits.get(operation) ?? 0;
}

export function bitsOf(operations: readonly string[]): number {
  let all = 0;
  for (const operation of operations) all |= bitOf(operation);
  return all;
}

export function operationsOf(mask: number): GrantOperation[] {
  return grantOperationNames.filter((name) => (mask & bitOf(name)) !== 0);
}

export function takesContext(operation: string): boolean {
  return withContext.has(operation);
}

/** Those of `operations` that no key of this spec and usage has. */
export function unfit(operations: readonly string[], key: { readonly spec: string; readonly usage: string }) {
  const kind = kindOf(key);
  const fit = new Set<string>(rights.flatMap(([name, kinds]) => (kinds.includes(kind) ? [name] : [])));
  return operations.filter((operation) => !fit.has(operation));
}

function kindOf({ spec, usage }: { readonly spec: string; readonly usage: string }): Kind {
  if (spec === 'SYMMETRIC_DEFAULT') return 'symmetric';
  if (usage === 'SIGN_VERIFY') return 'signing';
  if (usage === 'GENERATE_VERIFY_MAC') return 'mac';
  return usage === 'KEY_AGREEMENT' ? 'agreement' : 'pair';
}
