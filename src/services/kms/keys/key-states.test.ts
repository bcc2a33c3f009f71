// Every cell of AWS's table of key states (kms.md §2), against a table written here for itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainError } from '#core/errors.ts';
import { type KeyOperationName, type KeyState, requireState } from './key-states.ts';

const arn = 'arn:aws:kms:us-east-1:111122223333:key/1234';
const pendingDeletion = `kms-key-state-invalid ${arn} is pending deletion (or pending replica deletion).`;
const texts: Readonly<Record<string, string>> = {
  ok: 'ok',
  '1': `kms-key-disabled ${arn} is disabled.`,
  '3': pendingDeletion,
  '4': `kms-key-state-invalid ${arn} is not pending deletion (or pending replica deletion).`,
  '5': `kms-key-state-invalid ${arn} is pending import.`,
  U: `kms-unsupported ${arn} origin is EXTERNAL which is not valid for this operation.`,
};

const states: readonly KeyState[] = ['Enabled', 'Disabled', 'PendingDeletion', 'PendingImport'];

/** Operations, then what each state answers them, in the order of `states`. */
const table = `
  Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext  | ok 1 3 5
  GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext                    | ok 1 3 5
  GenerateMac VerifyMac Sign Verify GetPublicKey DeriveSharedSecret          | ok 1 3 5
  CreateGrant ReplicateKey RotateKeyOnDemand                                 | ok 1 3 5
  DescribeKey GetKeyPolicy PutKeyPolicy ListKeyPolicies ListAliases          | ok ok ok ok
  ListGrants ListKeyRotations ListResourceTags DeleteAlias                   | ok ok ok ok
  RetireGrant RevokeGrant GetKeyRotationStatus GetKeyLastUsage               | ok ok ok ok
  CreateAlias UpdateAlias TagResource UntagResource UpdateKeyDescription     | ok ok 3 ok
  UpdatePrimaryRegion                                                        | ok ok 3 ok
  ScheduleKeyDeletion                                                        | ok ok 3 ok
  GetParametersForImport ImportKeyMaterial DeleteImportedKeyMaterial         | ok ok 3 ok
  EnableKey DisableKey                                                       | ok ok 3 5
  EnableKeyRotation DisableKeyRotation                                       | ok 1 3 U
  CancelKeyDeletion                                                          | 4 4 ok 4
`;

function answerOf(operation: string, state: KeyState): string {
  try {
    requireState(operation as KeyOperationName, { arn, state });
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof DomainError);
    return `${error.kind} ${error.message}`;
  }
}

for (const line of table.trim().split('\n')) {
  const [names = '', answers = ''] = line.split('|');
  const wanted = answers.trim().split(/\s+/);
  assert.equal(wanted.length, states.length, line);
  for (const operation of names.trim().split(/\s+/)) {
    for (const [column, state] of states.entries()) {
      const cell = wanted[column] ?? '';
      test(`${operation} of a key that is ${state}: ${cell === 'ok' ? 'goes on' : `[${cell}]`}`, () => {
        assert.equal(answerOf(operation, state), texts[cell]);
        if (state === 'PendingDeletion') assert.equal(answerOf(operation, 'PendingReplicaDeletion'), texts[cell]);
      });
    }
  }
}
