// Data keys and sealed values under a domain's key. docs/design/blob-format.md has the bytes.

import type { MaybePromise } from '#core/operation.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import type { DomainKey } from './domain-keys.ts';
import { nonceBytes, openWith, saltBytes, sealWith, valueKey } from './sealing.ts';

type Purpose = 'data-key' | 'value';

const formatVersion = 1;
/** Format version, key version. */
const prefixBytes = 5;
const dataKeyBytes = 32;

export type DomainSealing = Omit<KeyRing, 'domainOf'>;

/** Hands `work` the domain's key, which it has until it returns. */
export type UseDomainKey = <Result>(domain: KeyDomainId, work: (key: DomainKey) => Result) => MaybePromise<Result>;

export function openDomainSealing(useKey: UseDomainKey, random: Random): DomainSealing {
  const seal = (key: DomainKey, purpose: Purpose, name: string, plaintext: Uint8Array): Buffer => {
    const prefix = prefixOf(key.version);
    const salt = random.bytes(saltBytes);
    const context = contextOf(prefix, name);
    const secret = valueKey(key.bytes, purpose, salt);
    const sealed = sealWith(secret, random.bytes(nonceBytes), context, plaintext);
    secret.fill(0);
    return Buffer.concat([prefix, salt, sealed]);
  };
  return {
    generateDataKey: (domain, context) =>
      useKey(domain, (key) => {
        const plaintext = random.bytes(dataKeyBytes);
        return { plaintext, wrapped: seal(key, 'data-key', nameOf(domain, context), plaintext) };
      }),
    unwrapDataKey: (domain, context, wrapped) =>
      useKey(domain, (key) => openUnder(key, 'data-key', nameOf(domain, context), wrapped)),
    seal: (domain, context, plaintext) =>
      useKey(domain, (key) => seal(key, 'value', nameOf(domain, context), plaintext)),
    open: (domain, context, sealed) =>
      useKey(domain, (key) => openUnder(key, 'value', nameOf(domain, context), sealed)),
  };
}

function openUnder(key: DomainKey, purpose: Purpose, name: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
  if (bytes.length < prefixBytes + saltBytes) throw new Error('the sealed bytes are too short');
  const prefix = prefixOf(key.version);
  if (!bytes.subarray(0, prefixBytes).equals(prefix)) {
    const version = bytes.readUInt32BE(1);
    throw new Error(`the sealed bytes name format ${bytes[0]} and key version ${version}, which are not here`);
  }
  const salt = bytes.subarray(prefixBytes, prefixBytes + saltBytes);
  const rest = bytes.subarray(prefixBytes + saltBytes);
  const secret = valueKey(key.bytes, purpose, salt);
  try {
    return openWith(secret, contextOf(prefix, name), rest);
  } finally {
    secret.fill(0);
  }
}

function prefixOf(version: number): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix[0] = formatVersion;
  prefix.writeUInt32BE(version, 1);
  return prefix;
}

/** A domain id has one length and no line feed, so no two pairs give one name. */
function nameOf(domain: KeyDomainId, context: string): string {
  return `${domain}\n${context}`;
}

function contextOf(prefix: Buffer, name: string): Buffer {
  return Buffer.concat([prefix, Buffer.from(name)]);
}
