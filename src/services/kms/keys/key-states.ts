// What each operation may do with a key in each state: the table of AWS as data, asked at one place (kms.md §2).

import { DomainError } from '#core/errors.ts';

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingReplicaDeletion' | 'PendingImport';

type Verdict = 'ok' | 'disabled' | 'pending-deletion' | 'not-pending-deletion' | 'pending-import' | 'unsupported';
type Row = readonly [Enabled: Verdict, Disabled: Verdict, PendingDeletion: Verdict, PendingImport: Verdict];

const columns: Readonly<Record<KeyState, number>> = {
  Enabled: 0,
  Disabled: 1,
  PendingDeletion: 2,
  // A primary key whose replicas have to go first.
  PendingReplicaDeletion: 2,
  PendingImport: 3,
};

const using: Row = ['ok', 'disabled', 'pending-deletion', 'pending-import'];
const looking: Row = ['ok', 'ok', 'ok', 'ok'];
const changing: Row = ['ok', 'ok', 'pending-deletion', 'ok'];
const switching: Row = ['ok', 'ok', 'pending-deletion', 'pending-import'];
const rotating: Row = ['ok', 'disabled', 'pending-deletion', 'unsupported'];

const states = {
  Encrypt: using,
  Decrypt: using,
  ReEncrypt: using,
  GenerateDataKey: using,
  GenerateDataKeyWithoutPlaintext: using,
  GenerateDataKeyPair: using,
  GenerateDataKeyPairWithoutPlaintext: using,
  GenerateMac: using,
  VerifyMac: using,
  Sign: using,
  Verify: using,
  GetPublicKey: using,
  DeriveSharedSecret: using,
  CreateGrant: using,
  ReplicateKey: using,
  DescribeKey: looking,
  GetKeyPolicy: looking,
  PutKeyPolicy: looking,
  ListKeyPolicies: looking,
  ListAliases: looking,
  ListGrants: looking,
  ListKeyRotations: looking,
  ListResourceTags: looking,
  GetKeyRotationStatus: looking,
  GetKeyLastUsage: looking,
  DeleteAlias: looking,
  RetireGrant: looking,
  RevokeGrant: looking,
  CreateAlias: changing,
  UpdateAlias: changing,
  TagResource: changing,
  UntagResource: changing,
  UpdateKeyDescription: changing,
  UpdatePrimaryRegion: changing,
  ScheduleKeyDeletion: changing,
  GetParametersForImport: changing,
  ImportKeyMaterial: changing,
  DeleteImportedKeyMaterial: changing,
  EnableKey: switching,
  DisableKey: switching,
  RotateKeyOnDemand: using,
  EnableKeyRotation: rotating,
  DisableKeyRotation: rotating,
  CancelKeyDeletion: ['not-pending-deletion', 'not-pending-deletion', 'ok', 'not-pending-deletion'],
} as const satisfies Readonly<Record<string, Row>>;

export type KeyOperationName = keyof typeof states;

/** With a date, or once its replicas are gone. */
export function isPendingDeletion(state: string): boolean {
  return state === 'PendingDeletion' || state === 'PendingReplicaDeletion';
}

/** Throws kms-key-disabled, kms-key-state-invalid or kms-unsupported. */
export function requireState(
  operation: KeyOperationName,
  key: { readonly arn: string; readonly state: KeyState },
): void {
  const row: Row = states[operation];
  const verdict = row[columns[key.state]];
  if (verdict !== 'ok') throw refusalOf(verdict ?? 'unsupported', key.arn);
}

function refusalOf(verdict: Exclude<Verdict, 'ok'>, arn: string): DomainError {
  switch (verdict) {
    case 'disabled':
      return new DomainError('kms-key-disabled', `${arn} is disabled.`, {});
    case 'pending-deletion':
      return invalid(`${arn} is pending deletion (or pending replica deletion).`);
    case 'not-pending-deletion':
      return invalid(`${arn} is not pending deletion (or pending replica deletion).`);
    case 'pending-import':
      return invalid(`${arn} is pending import.`);
    case 'unsupported':
      return new DomainError('kms-unsupported', `${arn} origin is EXTERNAL which is not valid for this operation.`, {});
  }
}

function invalid(message: string): DomainError {
  return new DomainError('kms-key-state-invalid', message, {});
}
