// The operations that AWS has and a Sallyport never will: keys in stores of other makers.

import type * as Kms from '@aws-sdk/client-kms';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import type { InputOf, OperationNames, OutputOf } from '#wire/sdk.ts';
import type { KmsRooms } from './rooms.ts';

function unserved<N extends OperationNames<typeof Kms>>(
  name: N,
): Operation<InputOf<typeof Kms, N>, OutputOf<typeof Kms, N>, KmsRooms> {
  return {
    kind: 'read',
    needs: () => [need(`kms:${name}`, '*')],
    errors: ['kms-unsupported'],
    // What was asked for may hold credentials of another store.
    audit: { request: () => null },
    handle() {
      throw new DomainError('kms-unsupported', 'Custom key stores are not served by Sallyport.', {});
    },
  };
}

export const unservedOperations = {
  CreateCustomKeyStore: unserved('CreateCustomKeyStore'),
  UpdateCustomKeyStore: unserved('UpdateCustomKeyStore'),
  DeleteCustomKeyStore: unserved('DeleteCustomKeyStore'),
  ConnectCustomKeyStore: unserved('ConnectCustomKeyStore'),
  DisconnectCustomKeyStore: unserved('DisconnectCustomKeyStore'),
  DescribeCustomKeyStores: unserved('DescribeCustomKeyStores'),
};
