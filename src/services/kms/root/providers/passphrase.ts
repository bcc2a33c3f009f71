// The root key under a passphrase: argon2id makes the key that wraps it, slowly on purpose.

import { type Argon2Parameters, argon2 } from 'node:crypto';
import type { Random } from '#core/random.ts';
import { nonceBytes, openWith, sealWith } from '../../sealing.ts';
import { type RootProvider, RootSealedError, WrongSecretError } from '../provider.ts';
import type { RootRecord } from '../root-record.ts';

export interface PassphraseOptions {
  /** The passphrase, which is overwritten after its use; undefined when nobody has given it. */
  readonly passphrase: () => Buffer | undefined;
  readonly random: Random;
}

export const passphraseBytesMin = 12;

const saltBytes = 16;
/** 64 MiB and three passes: about a tenth of a second here, and the same for each guess elsewhere. */
const cost = { memory: 65_536, passes: 3 };

export function passphraseProvider({ passphrase, random }: PassphraseOptions): RootProvider {
  const take = (): Buffer => {
    const given = passphrase();
    if (given !== undefined) return given;
    throw new RootSealedError('The site is sealed: its passphrase has not been given yet (sallyport unseal).');
  };
  return {
    async keep({ id, bytes }) {
      const salt = random.bytes(saltBytes);
      const key = await keyOf(take(), salt, cost);
      const wrapped = sealWith(key, random.bytes(nonceBytes), contextOf(id), bytes);
      key.fill(0);
      const fields = new Map([
        ['salt', salt.toString('hex')],
        ['memory', String(cost.memory)],
        ['passes', String(cost.passes)],
        ['wrapped', wrapped.toString('hex')],
      ]);
      return { id, provider: 'passphrase', fields };
    },
    async open(record) {
      const { salt, wrapped, memory, passes } = readFields(record);
      const key = await keyOf(take(), salt, { memory, passes });
      try {
        return { id: record.id, bytes: openWith(key, contextOf(record.id), wrapped) };
      } catch {
        throw new WrongSecretError(`This is not the passphrase of the root key ${record.id}.`);
      } finally {
        key.fill(0);
      }
    },
  };
}

function readFields({ id, fields }: RootRecord) {
  const hex = (name: string) => Buffer.from(fields.get(name) ?? '', 'hex');
  const [memory, passes] = [Number(fields.get('memory')), Number(fields.get('passes'))];
  const isSane = memory >= 8 && memory <= 4 * 1024 * 1024 && passes >= 1 && passes <= 100;
  if (!isSane || hex('salt').length < saltBytes) throw new Error(`The file of the root key ${id} is not one of ours.`);
  return { salt: hex('salt'), wrapped: hex('wrapped'), memory, passes };
}

function contextOf(id: string): Buffer {
  return Buffer.from(`sallyport-root-key passphrase\n${id}`);
}

function keyOf(message: Buffer, nonce: Buffer, { memory, passes }: typeof cost): Promise<Buffer> {
  const parameters: Argon2Parameters = { message, nonce, memory, passes, parallelism: 1, tagLength: 32 };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, key) => {
      message.fill(0);
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
