// The root key wrapped by an AES key that never leaves an HSM, over PKCS#11, in a process of its own for each call.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Random } from '#core/random.ts';
import { nonceBytes } from '../../sealing.ts';
import { readPrivateFile } from '../private-files.ts';
import { type RootProvider, RootSealedError } from '../provider.ts';
import { rootKeyBytes } from '../root-key.ts';
import type { HsmAnswer, HsmRequest } from './pkcs11-helper.ts';

export interface HsmSettings {
  /** The HSM's library. */
  readonly module: string;
  readonly token: string;
  /** The label of the wrapping key. */
  readonly key: string;
  /** A file of mode 0600. */
  readonly pinFile: string;
  /** Where the package pkcs11js lies; its name when it is installed beside Sallyport. */
  readonly binding: string;
}

type WrapRequest = Pick<HsmRequest, 'operation' | 'nonce' | 'context' | 'data' | 'token' | 'key'>;

const helper = fileURLToPath(new URL('./pkcs11-helper.ts', import.meta.url));
const answerWithinMs = 10_000;
const pinBytesMax = 256;

/** A refused PIN is never tried again, however often the key is asked for: a few tries more would lock the token. */
export function pkcs11Provider(settings: HsmSettings, random: Random): RootProvider {
  let refused: { readonly pin: string; readonly error: RootSealedError } | undefined;
  const ask = async (request: WrapRequest, signal?: AbortSignal) => {
    const { module, binding, pinFile } = settings;
    const pin = await readPin(pinFile);
    if (refused?.pin === pin) throw refused.error;
    const answer = await askHelper({ ...request, module, binding, pin }, signal);
    if (answer === undefined) throw new RootSealedError('The HSM that keeps the root key does not answer.');
    if ('data' in answer) return Buffer.from(answer.data);
    if (!answer.isPin) {
      throw new RootSealedError('The HSM that keeps the root key cannot be used.', `It says: ${answer.failed}.`);
    }
    const detail = `${answer.failed}, for ${pinFile}: it is tried no more before the file changes or a restart.`;
    refused = { pin, error: new RootSealedError('The HSM that keeps the root key refuses the PIN.', detail) };
    throw refused.error;
  };
  return {
    async keep({ id, bytes }) {
      const { token, key } = settings;
      const nonce = random.bytes(nonceBytes);
      const wrapped = await ask({ operation: 'wrap', nonce, context: contextOf(id), data: bytes, token, key });
      const fields = new Map([
        ['token', token],
        ['key', key],
        ['wrapped', Buffer.concat([nonce, wrapped]).toString('hex')],
      ]);
      return { id, provider: 'pkcs11', fields };
    },
    async open({ id, fields }, signal) {
      const [token = '', key = ''] = [fields.get('token'), fields.get('key')];
      const wrapped = Buffer.from(fields.get('wrapped') ?? '', 'hex');
      const [nonce, data] = [wrapped.subarray(0, nonceBytes), wrapped.subarray(nonceBytes)];
      const bytes = await ask({ operation: 'unwrap', nonce, context: contextOf(id), data, token, key }, signal);
      if (bytes.length !== rootKeyBytes) throw new Error(`The HSM gave no key of ${rootKeyBytes} bytes for ${id}.`);
      return { id, bytes };
    },
  };
}

/** Whatever is wrong with the file may be put right while the site waits. */
async function readPin(file: string): Promise<string> {
  const text = await readPrivateFile(file, pinBytesMax, 'The PIN').catch((error: Error) => error);
  if (typeof text === 'string') return text.trim();
  const detail = text === undefined ? `${file} is not there.` : text.message;
  throw new RootSealedError('The PIN of the HSM that keeps the root key cannot be read.', detail);
}

function contextOf(id: string): Buffer {
  return Buffer.from(`sallyport-root-key pkcs11\n${id}`);
}

/**
 * Undefined when the helper ends or hangs, and when the signal says so. Nobody waits for its end: a library can hang
 * where not even a kill reaches it. PIN and key go over a socket pair, never by arguments or variables.
 */
async function askHelper(request: HsmRequest, signal?: AbortSignal): Promise<HsmAnswer | undefined> {
  const late = AbortSignal.timeout(answerWithinMs);
  const over = signal === undefined ? late : AbortSignal.any([late, signal]);
  const child = fork(helper, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  try {
    return await new Promise<HsmAnswer | undefined>((resolve) => {
      child.once('message', (answer) => resolve(answer as HsmAnswer));
      for (const event of ['error', 'exit'] as const) child.on(event, () => resolve(undefined));
      over.addEventListener('abort', () => resolve(undefined), { once: true });
      if (over.aborted) resolve(undefined);
      child.send(request, () => undefined);
    });
  } finally {
    child.kill('SIGKILL');
    if (child.connected) child.disconnect();
    child.unref();
  }
}
