// DSSE, the signed envelope of the supply-chain field (github.com/secure-systems-lab/dsse), spelt in one way only.

import { type KeyObject, sign, verify } from 'node:crypto';

/** With one signature, by Ed25519. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  /** 64 hex digits. */
  readonly keyId: string;
  readonly signature: Buffer;
}

const form =
  /^\{"payloadType":"([\w.+/-]{1,200})","payload":"([A-Za-z0-9+/]*={0,2})","signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{86}==)"\}\]\}\n$/;

export interface EnvelopeSigner {
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/** The text of a signed envelope: one line of JSON. */
export function signEnvelope(payloadType: string, payload: Buffer, { keyId, privateKey }: EnvelopeSigner): string {
  const signature = sign(null, signedBytes(payloadType, payload), privateKey);
  return textOf({ payloadType, payload, keyId, signature });
}

export function isSignedBy({ payloadType, payload, signature }: Envelope, publicKey: KeyObject): boolean {
  return verify(null, signedBytes(payloadType, payload), publicKey, signature);
}

/** Throws a sentence for any text but one that `signEnvelope` would write: a changed byte never goes unseen. */
export function readEnvelope(text: string): Envelope {
  const [, payloadType, payload, keyId, signature] = form.exec(text) ?? [];
  if (payloadType === undefined || payload === undefined || keyId === undefined || signature === undefined) {
    throw new Error(faultOf(text));
  }
  const envelope = {
    payloadType,
    payload: Buffer.from(payload, 'base64'),
    keyId,
    signature: Buffer.from(signature, 'base64'),
  };
  // Base64 has bits that say nothing: they must be zero.
  if (textOf(envelope) !== text) throw new Error('its Base64 is not spelt as it was written');
  return envelope;
}

/** The pre-authentication encoding. */
function signedBytes(payloadType: string, payload: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ]);
}

function textOf({ payloadType, payload, keyId, signature }: Envelope): string {
  const signatures = `[{"keyid":"${keyId}","sig":"${signature.toString('base64')}"}]`;
  return `{"payloadType":"${payloadType}","payload":"${payload.toString('base64')}","signatures":${signatures}}\n`;
}

/** For people: which of the usual things it is. */
function faultOf(text: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const signatures = typeof parsed === 'object' && parsed !== null && 'signatures' in parsed && parsed.signatures;
  if (!Array.isArray(signatures)) return 'it is no DSSE envelope';
  if (signatures.length !== 1) return `it has ${signatures.length} signatures instead of one`;
  return 'it is not spelt as it was written';
}
