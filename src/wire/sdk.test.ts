// The types derived from the SDK are what handlers rely on: these lines do not compile when they drift.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as Ecr from '@aws-sdk/client-ecr';
import type * as Iam from '@aws-sdk/client-iam';
import type * as Sts from '@aws-sdk/client-sts';
import { type InputOf, type OperationNames, type OperationsOf, type OutputOf, operation } from './sdk.ts';

type Same<Left, Right> = [Left] extends [Right] ? ([Right] extends [Left] ? true : false) : false;

test('required members are present in inputs and optional ones are not', () => {
  const required: Same<InputOf<typeof Ecr, 'CreateRepository'>['repositoryName'], string> = true;
  const optional: Same<InputOf<typeof Ecr, 'CreateRepository'>['registryId'], string | undefined> = true;
  type Tags = NonNullable<InputOf<typeof Ecr, 'CreateRepository'>['tags']>;
  const nested: Same<Tags[number]['Key'], string> = true;
  const blob: Same<InputOf<typeof Ecr, 'UploadLayerPart'>['layerPartBlob'], Uint8Array> = true;
  const user: Same<InputOf<typeof Iam, 'CreateUser'>['UserName'], string> = true;
  assert.deepEqual([required, optional, nested, blob, user], [true, true, true, true, true]);
});

test('outputs have the SDK shape without its metadata', () => {
  const metadata: Same<Extract<keyof OutputOf<typeof Ecr, 'CreateRepository'>, '$metadata'>, never> = true;
  type CreatedAt = NonNullable<OutputOf<typeof Ecr, 'CreateRepository'>['repository']>['createdAt'];
  const date: Same<CreatedAt, Date | undefined> = true;
  const account: Same<OutputOf<typeof Sts, 'GetCallerIdentity'>['Account'], string | undefined> = true;
  assert.deepEqual([metadata, date, account], [true, true, true]);
});

test('a table with a missing or wrong operation does not compile', () => {
  const names: Same<Extract<OperationNames<typeof Sts>, 'GetCallerIdentity' | '$'>, 'GetCallerIdentity'> = true;
  const identity = operation<typeof Sts, 'GetCallerIdentity', object>({
    kind: 'read',
    needs: () => [],
    handle: () => ({ Account: '123456789012' }),
  });
  // @ts-expect-error GetAccessKeyInfo is missing
  const missing = { GetCallerIdentity: identity } satisfies OperationsOf<typeof Sts, object, Served>;
  const wrong = operation<typeof Sts, 'GetCallerIdentity', object>({
    kind: 'read',
    needs: () => [],
    // @ts-expect-error Account is a string
    handle: () => ({ Account: 1 }),
  });
  const whole = { GetCallerIdentity: identity, GetAccessKeyInfo: 'later' } satisfies OperationsOf<
    typeof Sts,
    object,
    Served
  >;
  assert.ok(names && missing && wrong && whole);
});

type Served = 'GetCallerIdentity' | 'GetAccessKeyInfo';
