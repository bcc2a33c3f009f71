// Calls operations through a driver and keeps account: in the end every operation and documented exception was met.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ecrErrors } from '../../../src/services/ecr/errors.ts';
import { ecrService } from '../../../src/services/ecr/service.ts';
import type { EcrDriver, Output } from './driver.ts';

export interface EcrCaller {
  call(operation: string, input?: object): Promise<Output>;
  refuses(operation: string, input: object, exception: string): Promise<void>;
  /** Asserts that nothing of the service's table was left out but what cannot be met from outside. */
  assertComplete(): void;
}

/** `<operation> <exception>` that no client can bring about here, and why. */
const unreachable: ReadonlyMap<string, string> = new Map([
  ['CreateRepository LimitExceededException', '100,000 repositories'],
  ['UploadLayerPart LimitExceededException', '4,200 parts'],
  ['BatchGetImage LimitExceededException', '64 MiB of manifests in one answer'],
  ['UntagResource TooManyTagsException', 'removing never adds one'],
  ['DescribeRegistry InvalidParameterException', 'it takes no parameter'],
  ['DeleteRepository KmsException', 'a repository is deleted whatever its key says'],
  ['InitiateLayerUpload KmsException', 'needs a key that KMS disables: test/kms-repositories.test.ts'],
  ['UploadLayerPart KmsException', 'needs a key that KMS disables: test/kms-repositories.test.ts'],
  ['CompleteLayerUpload KmsException', 'needs a key that KMS disables: test/kms-repositories.test.ts'],
  ['PutImage KmsException', 'needs a key that KMS disables: test/kms-repositories.test.ts'],
]);

export function ecrCaller(driver: EcrDriver): EcrCaller {
  const met = new Set<string>();
  return {
    async call(operation, input = {}) {
      const called = await driver.call(operation, input);
      assert.ok('output' in called, `${operation} was refused: ${JSON.stringify(called)}`);
      met.add(operation);
      return called.output;
    },
    async refuses(operation, input, exception) {
      const called = await driver.call(operation, input);
      assert.ok('error' in called, `${operation} was not refused with ${exception}`);
      assert.equal(called.error, exception, `${operation}: ${called.message}`);
      met.add(`${operation} ${exception}`);
    },
    assertComplete() {
      const expected = documented();
      const left = expected.filter((one) => !met.has(one) && !unreachable.has(one));
      assert.deepEqual(left, [], `${driver.name} has not met these`);
      const stale = [...unreachable.keys()].filter((one) => met.has(one) || !expected.includes(one));
      assert.deepEqual(stale, [], 'these can be met, or are documented no more');
    },
  };
}

/** Every operation that is served, and every exception that it documents. */
function documented(): readonly string[] {
  const { operations } = ecrService({} as never);
  return Object.entries(operations).flatMap(([name, operation]) => {
    if (typeof operation === 'string') return [];
    const { errors = [] } = operation;
    const codes = errors.map((kind) => ecrErrors[kind as keyof typeof ecrErrors].code);
    return [name, ...codes.map((code) => `${name} ${code}`)];
  });
}

export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
