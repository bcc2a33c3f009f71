// What the platform's own uses of keys are run by: the corridor, for calls that come from inside.

import type * as Kms from '@aws-sdk/client-kms';
import type { Caller } from '#core/caller.ts';
import type { Need } from '#core/need.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { InputOf, OperationNames, OutputOf } from '#wire/sdk.ts';

type Sdk = typeof Kms;

export interface InnerCalls {
  /**
   * Permits, runs and records an operation of KMS as its door does; `noted` is the record's `additionalEventData`.
   * Throws what it throws.
   */
  call<N extends OperationNames<Sdk>>(
    name: N,
    input: InputOf<Sdk, N>,
    caller: Caller,
    noted?: Readonly<Record<string, string>>,
  ): Promise<OutputOf<Sdk, N>>;
  /** Only decides. Throws access-denied. */
  require(caller: Caller, needs: readonly Need[]): MaybePromise<void>;
}
