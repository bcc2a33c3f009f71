// Three ways to call an ECR operation by name: the JS SDK, boto3, and the aws CLI; errors must be typed exceptions.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as sdk from '@aws-sdk/client-ecr';
import { administratorOf } from '../../support/administrator.ts';
import { checkoutFolder } from '../../support/server-process.ts';
import type { ClientSite } from '../client-site.ts';

/** What an operation answers: the test knows what it asked for. */
export type Output = Readonly<Record<string, unknown>>;

export type Called = { readonly output: Output } | { readonly error: string; readonly message: string };

export interface EcrDriver {
  readonly name: string;
  /** `layerPartBlob` is given as ASCII text. Throws when a refusal is not an exception of the service's model. */
  call(operation: string, input: object): Promise<Called>;
  close(): void;
}

type Command = new (input: object) => Parameters<sdk.ECRClient['send']>[0];

export async function sdkDriver(site: ClientSite): Promise<EcrDriver> {
  const client = new sdk.ECRClient(await administratorOf(site.server.dataFolder, site.server.url));
  // Operations and exceptions are looked up by the names that the service's own table has.
  const exported = sdk as unknown as Readonly<Record<string, unknown>>;
  return {
    name: 'JS SDK',
    async call(operation, input) {
      const command = exported[`${operation}Command`] as Command;
      const { layerPartBlob: text, ...rest } = input as { layerPartBlob?: string };
      const blob = text === undefined ? {} : { layerPartBlob: Buffer.from(text) };
      try {
        const { $metadata: _metadata, ...output } = await client.send(new command({ ...rest, ...blob }));
        return { output };
      } catch (error) {
        assert.ok(error instanceof sdk.ECRServiceException, String(error));
        const exception = exported[error.name] as (new (options: never) => object) | undefined;
        assert.ok(exception !== undefined && error instanceof exception, `${operation}: ${error.name} is not typed`);
        return { error: error.name, message: error.message };
      }
    },
    close: () => client.destroy(),
  };
}

/** boto3, or the aws CLI's own code: each in one Python process, for starting it takes longer than what it does. */
export function pythonDriver(site: ClientSite, kind: 'boto3' | 'cli'): EcrDriver {
  const script = join(checkoutFolder, 'test/clients/ecr-operations/client_driver.py');
  const env = { ...process.env, ...site.server.awsEnvironment };
  const python = site.tools.find('python3') ?? 'python3';
  const child = spawn(python, [script, kind], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name: kind === 'cli' ? 'aws CLI' : kind,
    async call(operation, input) {
      child.stdin.write(`${JSON.stringify({ operation, input })}\n`);
      const { value, done } = await lines.next();
      assert.ok(done !== true, `${kind} ended at ${operation}`);
      const answer = JSON.parse(value) as Called & { readonly isTyped?: boolean };
      if ('error' in answer) assert.ok(answer.isTyped, `${operation}: ${answer.error} is not typed: ${answer.message}`);
      return answer;
    },
    close: () => child.stdin.end(),
  };
}
