// Documents in audit records, sealed: who reads the files learns that there is one, whose, and how long it is.
// docs/design/audit-log.md has the bytes.

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Random } from '#core/random.ts';

/** Request id, event id, then the names that lead to the document in the record. */
export type DocumentPlace = readonly string[];

export interface DocumentSealing {
  /** 32 bytes, derived from the site key for this use alone. */
  readonly key: Buffer;
  readonly random: Random;
  /** Documents stand in clear, but for those that could be taken for sealed ones. */
  readonly inClear: boolean;
}

const form = 'sallyport-sealed-1:';
const saltBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const options = { authTagLength: tagBytes };

/** The sealed form of a document's JSON; undefined for one that stands in clear. */
export function sealDocument(sealing: DocumentSealing, place: DocumentPlace, json: string): string | undefined {
  if (sealing.inClear && !json.includes(form)) return undefined;
  const { key, random } = sealing;
  const fresh = random.bytes(saltBytes + nonceBytes);
  const secret = secretOf(key, fresh.subarray(0, saltBytes));
  const cipher = createCipheriv('aes-256-gcm', secret, fresh.subarray(saltBytes), options).setAAD(boundTo(place));
  secret.fill(0);
  const ciphertext = cipher.update(json, 'utf8');
  cipher.final();
  return form + Buffer.concat([fresh, ciphertext, cipher.getAuthTag()]).toString('base64url');
}

/** The JSON of a document; undefined for what was not sealed for this place. */
export function openDocument(key: Buffer, place: DocumentPlace, sealed: string): string | undefined {
  if (!isSealed(sealed)) return undefined;
  const bytes = Buffer.from(sealed.slice(form.length), 'base64url');
  const end = bytes.length - tagBytes;
  const begin = saltBytes + nonceBytes;
  // A second spelling of the same bytes is none of ours.
  if (end < begin || form + bytes.toString('base64url') !== sealed) return undefined;
  const secret = secretOf(key, bytes.subarray(0, saltBytes));
  const nonce = bytes.subarray(saltBytes, begin);
  const decipher = createDecipheriv('aes-256-gcm', secret, nonce, options).setAAD(boundTo(place));
  secret.fill(0);
  decipher.setAuthTag(bytes.subarray(end));
  try {
    return decipher.update(bytes.subarray(begin, end), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

export function isSealed(text: string): boolean {
  return text.startsWith(form);
}

/** Whether there may be a sealed text in this JSON. */
export function hasSealed(json: string): boolean {
  return json.includes(`"${form}`);
}

/** With a fresh salt each has a key of its own: no nonce meets another under one key. */
function secretOf(key: Buffer, salt: Uint8Array): Buffer {
  return createHmac('sha256', key).update('document').update(salt).digest();
}

/** A document that is put into another record, or under another name, does not open. */
function boundTo(place: DocumentPlace): Buffer {
  return Buffer.from(form + JSON.stringify(place));
}
