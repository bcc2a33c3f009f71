// `node bench/kms.ts [--keys 100 --keys 100000] [--count 4000]`: server CPU of each use of a key, with few and many.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../test/support/server-process.ts';
import { signedCall } from './cases/signed-request.ts';
import { leaveNothingBehind, makeBenchFolder } from './ending.ts';
import { generateKeys } from './generate/keys.ts';
import type { RequestText } from './load/jobs.ts';
import { LoadProcess } from './load/load-process.ts';
import { usageOf } from './targets/process-tree.ts';

const { values } = parseArgs({
  options: { keys: { type: 'string', multiple: true }, count: { type: 'string', default: '4000' } },
});
const counts = (values.keys ?? ['100', '100000']).map(Number);
const requestCount = Number(values.count);
const connections = 16;
/** As many different keys are used in turn. */
const usedKeys = 50;
const kmsApi = { service: 'kms', target: 'TrentService' };
const EncryptionContext = { 'aws:ecr:arn': 'arn:aws:ecr:us-east-1:111122223333:repository/app' };

async function measure(count: number, load: LoadProcess): Promise<void> {
  const folder = makeBenchFolder('sallyport-kms-');
  const dataFolder = join(folder.path, 'data');
  try {
    const { caller, keys } = await generateKeys(dataFolder, count, usedKeys);
    const server = await startServer({ dataFolder, readyWithinMs: 120_000 });
    try {
      const { hostname: host, port } = new URL(server.url);
      const address = { host, port: Number(port), authorization: undefined };
      const call = (operation: string, input: object) => signedCall(address, caller, kmsApi, operation, input);
      const cpuOf = async (requests: readonly RequestText[]) => {
        const job = { kind: 'requests', address, requests, connections } as const;
        await load.run({ ...job, count: Math.ceil(requestCount / 4) });
        const before = await usageOf(server.pid);
        const result = await load.run({ ...job, count: requestCount });
        const after = await usageOf(server.pid);
        const cpuMs = (after.cpuMs - before.cpuMs) / result.requests;
        return `${cpuMs.toFixed(3)} ms CPU, p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms`;
      };
      const Plaintext = Buffer.alloc(32, 'x').toString('base64');
      const ciphertexts = await encryptedWith(server.url, keys, call, Plaintext);
      const cases: Readonly<Record<string, readonly RequestText[]>> = {
        DescribeKey: keys.map((KeyId) => call('DescribeKey', { KeyId })),
        Encrypt: keys.map((KeyId) => call('Encrypt', { KeyId, Plaintext, EncryptionContext })),
        Decrypt: ciphertexts.map((CiphertextBlob) => call('Decrypt', { CiphertextBlob, EncryptionContext })),
        GenerateDataKey: keys.map((KeyId) => call('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext })),
      };
      for (const [name, requests] of Object.entries(cases)) {
        console.log(`${count.toLocaleString('en')} keys, ${name}: ${await cpuOf(requests)}`);
      }
    } finally {
      await server.stop();
    }
  } finally {
    await folder.remove();
  }
}

/** One ciphertext a key, fetched with the very requests that are measured. */
async function encryptedWith(
  url: string,
  keys: readonly string[],
  call: (operation: string, input: object) => RequestText,
  Plaintext: string,
): Promise<readonly string[]> {
  const blobs: string[] = [];
  for (const KeyId of keys) {
    const [head = '', body = ''] = Buffer.from(call('Encrypt', { KeyId, Plaintext, EncryptionContext }).bytes)
      .toString('latin1')
      .split('\r\n\r\n');
    const lines = head.split('\r\n').slice(1);
    const headers = lines.map((line): [string, string] => [
      line.split(': ')[0] ?? '',
      line.slice(line.indexOf(': ') + 2),
    ]);
    const own = headers.filter(([name]) => name !== 'host' && name !== 'content-length');
    const answer = await fetch(url, { method: 'POST', headers: own, body });
    const { CiphertextBlob } = (await answer.json()) as { readonly CiphertextBlob?: string };
    if (CiphertextBlob === undefined) throw new Error(`Encrypt was answered ${answer.status}`);
    blobs.push(CiphertextBlob);
  }
  return blobs;
}

leaveNothingBehind();
const load = new LoadProcess();
try {
  for (const count of counts) await measure(count, load);
} finally {
  load.close();
}
