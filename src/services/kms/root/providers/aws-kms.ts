// The root key encrypted by a key of another KMS, AWS's or another Sallyport's, which decrypts it at each start.

import { timingSafeEqual } from 'node:crypto';
import { type RootProvider, RootSealedError } from '../provider.ts';
import { checkOf, rootKeyBytes } from '../root-key.ts';
import type { RootRecord } from '../root-record.ts';
import { type CallKms, KmsRefusal, sealedBy } from './external-kms.ts';

export interface AwsKmsOptions {
  /** Id, ARN or alias of a symmetric key: what a new root key is encrypted under. */
  readonly key: string;
  /** The region that is asked. */
  readonly region: string;
  /** For conditions of the key's policy, beside the id of the root key. */
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly call: CallKms;
}

/** Binds what was encrypted to one root key of one site: nothing else decrypts under it. */
const rootKeyName = 'sallyport:root-key';
/** AWS's are 184 for 32 bytes, Sallyport's 142; it has to fit into the root key's file. */
const ciphertextBytesMax = 512;
const keyArn = /^arn:[a-z-]{3,16}:kms:[a-z0-9-]{1,32}:\d{12}:key\/[a-zA-Z0-9-]{1,64}$/;

export function awsKmsProvider({ key, region, encryptionContext, call }: AwsKmsOptions): RootProvider {
  const ask: CallKms = async (operation, input, signal) => {
    try {
      return await call(operation, input, signal);
    } catch (error) {
      throw error instanceof KmsRefusal ? sealedBy(error) : error;
    }
  };
  const open: RootProvider['open'] = async (record, signal) => {
    const { arn, EncryptionContext, check, wrapped } = readFields(record);
    const KeyId = keyIn(region, arn);
    const input = { KeyId, EncryptionContext, CiphertextBlob: wrapped.toString('base64') };
    const { Plaintext, KeyId: usedKey } = await ask('Decrypt', input, signal);
    const bytes = bytesOf(Plaintext, rootKeyBytes);
    if (bytes?.length !== rootKeyBytes || usedKey !== KeyId) throw strange('Decrypt');
    const opened = { id: record.id, bytes };
    if (timingSafeEqual(checkOf(opened), check)) return opened;
    bytes.fill(0);
    throw new RootSealedError('The external KMS that keeps the root key answers with another key than that.');
  };
  return {
    open,
    async keep(rootKey) {
      const context = { ...encryptionContext, [rootKeyName]: rootKey.id };
      const input = { KeyId: key, EncryptionContext: context, Plaintext: rootKey.bytes.toString('base64') };
      const { CiphertextBlob, KeyId } = await ask('Encrypt', input);
      const wrapped = bytesOf(CiphertextBlob, ciphertextBytesMax);
      if (wrapped === undefined || typeof KeyId !== 'string' || !keyArn.test(KeyId)) throw strange('Encrypt');
      const fields = new Map([
        ['key', KeyId],
        ['context', JSON.stringify(context)],
        ['check', checkOf(rootKey).toString('hex')],
        ['wrapped', wrapped.toString('hex')],
      ]);
      const record: RootRecord = { id: rootKey.id, provider: 'aws-kms', fields };
      // Who may encrypt and not decrypt would have a site that never opens again: that is found out now.
      (await open(record)).bytes.fill(0);
      return record;
    },
  };
}

function readFields({ id, fields }: RootRecord) {
  const arn = fields.get('key') ?? '';
  const EncryptionContext = readContext(fields.get('context') ?? '');
  const [check, wrapped] = [fields.get('check') ?? '', fields.get('wrapped') ?? ''];
  const isOurs = keyArn.test(arn) && /^[0-9a-f]{32}$/.test(check) && /^([0-9a-f]{2})+$/.test(wrapped);
  if (!isOurs || EncryptionContext?.[rootKeyName] !== id) {
    throw new Error(`The file of the root key ${id} is not one of ours.`);
  }
  return { arn, EncryptionContext, check: Buffer.from(check, 'hex'), wrapped: Buffer.from(wrapped, 'hex') };
}

function readContext(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const context: unknown = JSON.parse(text);
    return typeof context === 'object' && context !== null ? (context as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A multi-Region key has the same material wherever it is: it is asked for in the region that is asked. */
function keyIn(region: string, arn: string): string {
  return arn.includes(':key/mrk-') ? arn.replace(/^(arn:[a-z-]+:kms:)[^:]+/, `$1${region}`) : arn;
}

/** Undefined for what is no base64, is empty, or is more than so many bytes. */
function bytesOf(value: unknown, bytesMax: number): Buffer | undefined {
  if (typeof value !== 'string' || value.length > 2 * bytesMax + 4 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) {
    return undefined;
  }
  const bytes = Buffer.from(value, 'base64');
  return bytes.length > 0 && bytes.length <= bytesMax ? bytes : undefined;
}

function strange(operation: string): RootSealedError {
  const detail = `Its answer to ${operation} is not what a KMS answers for a symmetric key.`;
  return new RootSealedError('The external KMS that keeps the root key answers with something else.', detail);
}
