// boto3: every operation of the ecr door that is served, its paginators, and documented errors as typed exceptions.

import { join } from 'node:path';
import { checkoutFolder } from '../support/server-process.ts';
import type { ClientTest } from './client-test.ts';

export const boto3: ClientTest = {
  name: 'boto3',
  programs: ['aws', 'python3'],
  async run(site) {
    const script = join(checkoutFolder, 'test/clients/boto3_client.py');
    const python = (await hasBoto3(site.run)) ? 'python3' : undefined;
    if (python === undefined) throw new Error('python3 is there but boto3 is not');
    await site.run(python, [script], { timeoutMs: 120_000 });
  },
};

type Run = (
  program: string,
  args: readonly string[],
  options?: { readonly codes: readonly number[] },
) => Promise<{ readonly code: number }>;

async function hasBoto3(run: Run): Promise<boolean> {
  return (await run('python3', ['-c', 'import boto3'], { codes: [0, 1] })).code === 0;
}
