// The KMS door: one table of operations a folder, and those that are not built yet. All of AWS's operations are here.

import type * as Kms from '@aws-sdk/client-kms';
import type { Service } from '#core/service.ts';
import { missingMember } from '#wire/constraints.ts';
import type { OperationsOf } from '#wire/sdk.ts';
import { keyAliasOperations } from './aliases/alias-operations.ts';
import { checkInput } from './constraints.ts';
import { agreementOperations } from './cryptography/asymmetric/agreement-operations.ts';
import { dataKeyPairOperations } from './cryptography/asymmetric/data-key-pair-operations.ts';
import { signOperations } from './cryptography/asymmetric/sign-operations.ts';
import { dataKeyOperations } from './cryptography/data-key-operations.ts';
import { encryptOperations } from './cryptography/encrypt-operations.ts';
import { macOperations } from './cryptography/mac/mac-operations.ts';
import { reEncryptOperations } from './cryptography/re-encrypt-operations.ts';
import { kmsErrors } from './errors.ts';
import { grantOperations } from './grants/grant-operations.ts';
import { retireOperations } from './grants/retire-operations.ts';
import { keyPolicyOperations } from './key-policies/key-policy-operations.ts';
import { keyOperations } from './keys/key-operations.ts';
import { laterOperations } from './later.ts';
import { importOperations } from './material/imports/import-operations.ts';
import { rotationOperations } from './material/rotation-operations.ts';
import { replicaOperations } from './multi-region/replica-operations.ts';
import type { KmsRooms } from './rooms.ts';
import { keyTagOperations } from './tags/tag-operations.ts';
import { unservedOperations } from './unserved.ts';
import { keyUsageOperations } from './usage/usage-operations.ts';

const operations = {
  ...keyOperations,
  ...keyPolicyOperations,
  ...keyAliasOperations,
  ...keyTagOperations,
  ...grantOperations,
  ...retireOperations,
  ...encryptOperations,
  ...dataKeyOperations,
  ...reEncryptOperations,
  ...rotationOperations,
  ...importOperations,
  ...replicaOperations,
  ...keyUsageOperations,
  ...signOperations,
  ...dataKeyPairOperations,
  ...agreementOperations,
  ...macOperations,
  ...unservedOperations,
  ...laterOperations,
} satisfies OperationsOf<typeof Kms, KmsRooms>;

/** The door's description for the gateway. */
export function kmsService(rooms: KmsRooms): Service<KmsRooms> {
  return {
    name: 'kms',
    protocol: 'aws-json-1.1',
    signingName: 'kms',
    eventSource: 'kms.amazonaws.com',
    target: 'TrentService',
    schema: 'kms',
    operations,
    check: checkInput,
    missing: missingMember,
    errors: kmsErrors,
    rooms,
  };
}
