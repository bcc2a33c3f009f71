// The root key wrapped by an AES key that never leaves an HSM, over PKCS#11, in a process of its own for each call.

import { fork } from 'node:child_process';
import { once } from 'node:events';
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

const helper = fileURLToPath(new URL('./pkcs11-helper.ts', import.meta.url));
const answerWithinMs = 10_000;
const pinBytesMax = 256;

/** A refused PIN is not tried again by this process: a few tries more would lock the token. */
export function pkcs11Provider(settings: HsmSettings, random: Random): RootProvider {
  let refused: string | undefined;
  const ask = async (request: Pick<HsmRequest, 'operation' | 'nonce' | 'context' | 'data' | 'token' | 'key'>) => {
    if (refused !== undefined) throw new Error(refused);
    const { module, binding } = settings;
    const answer = await askHelper({ ...request, module, binding, pin: await readPin(settings.pinFile) });
    if (answer === undefined) throw new RootSealedError('The HSM that keeps the root key does not answer.');
    if ('data' in answer) return Buffer.from(answer.data);
    if (!answer.isPin) throw new RootSealedError(`The HSM that keeps the root key cannot be used: ${answer.failed}.`);
    refused = `The HSM refuses the PIN of ${settings.pinFile}: ${answer.failed}. No more tries before a restart.`;
    throw new Error(refused);
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
    async open({ id, fields }) {
      const [token = '', key = ''] = [fields.get('token'), fields.get('key')];
      const wrapped = Buffer.from(fields.get('wrapped') ?? '', 'hex');
      const [nonce, data] = [wrapped.subarray(0, nonceBytes), wrapped.subarray(nonceBytes)];
      const bytes = await ask({ operation: 'unwrap', nonce, context: contextOf(id), data, token, key });
      if (bytes.length !== rootKeyBytes) throw new Error(`The HSM gave no key of ${rootKeyBytes} bytes for ${id}.`);
      return { id, bytes };
    },
  };
}

async function readPin(file: string): Promise<string> {
  const text = await readPrivateFile(file, pinBytesMax, 'The PIN');
  if (text === undefined) throw new Error(`The file with the PIN of the HSM, ${file}, is not there.`);
  return text.trim();
}

function contextOf(id: string): Buffer {
  return Buffer.from(`sallyport-root-key pkcs11\n${id}`);
}

/** Undefined when the helper ends or hangs. PIN and key go over a socket pair, never by arguments or variables. */
async function askHelper(request: HsmRequest): Promise<HsmAnswer | undefined> {
  const child = fork(helper, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), answerWithinMs);
  try {
    const ended = once(child, 'exit').then(() => undefined);
    const answered = once(child, 'message').then(([answer]) => answer as HsmAnswer);
    child.on('error', () => child.kill('SIGKILL'));
    child.send(request);
    return await Promise.race([answered, ended]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
