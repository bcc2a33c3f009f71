// Signs requests with Signature Version 4, honestly or with one thing wrong. Written anew here: a test must not trust
// the code it tests.

import { createHash, createHmac } from 'node:crypto';
import type { SignatureChange } from './case.ts';

export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Signable {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The request as it is to be sent: with the signature in its headers, or in its path when it is presigned. */
export function signed(
  request: Signable,
  signer: Signer,
  service: string,
  nowMs: number,
  change: SignatureChange = {},
): Signable {
  const stamp = new Date(nowMs + (change.laterMs ?? 0)).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const { accessKeyId = signer.accessKeyId, secretAccessKey = signer.secretAccessKey } = change;
  const { scopeDate = stamp.slice(0, 8), region = 'us-east-1', service: named = service } = change;
  const scope = `${scopeDate}/${region}/${named}/aws4_request`;
  const isPresigned = change.presignedSeconds !== undefined;
  const headers: Record<string, string> = { ...request.headers, ...(isPresigned ? {} : { 'x-amz-date': stamp }) };
  const names = (change.signedHeaders ?? defaultSigned(headers)).toSorted();
  const [path = '/', query = ''] = request.path.split('?');
  const presigned = new URLSearchParams(query);
  if (isPresigned) {
    presigned.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA256');
    presigned.set('X-Amz-Credential', `${accessKeyId}/${scope}`);
    presigned.set('X-Amz-Date', stamp);
    presigned.set('X-Amz-Expires', String(change.presignedSeconds));
    presigned.set('X-Amz-SignedHeaders', names.join(';'));
  }
  const canonical = [
    request.method,
    path,
    canonicalQuery(presigned),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    createHash('sha256').update(request.body).digest('hex'),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', stamp, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = [scopeDate, region, named, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  const signature = hmac(key, text).toString('hex');
  const edit = (value: string) =>
    change.replace === undefined ? value : value.replace(new RegExp(change.replace[0]), change.replace[1]);
  const body = change.sentBody === undefined ? request.body : Buffer.from(change.sentBody);
  const sentHeaders = { ...headers, ...change.sentHeaders };
  if (isPresigned) {
    const asSent = `${change.sentPath ?? path}?${edit(`${canonicalQuery(presigned)}&X-Amz-Signature=${signature}`)}`;
    return { method: request.method, path: asSent, headers: sentHeaders, body };
  }
  const credential = `Credential=${accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return {
    method: request.method,
    path: change.sentPath ?? request.path,
    headers: { ...sentHeaders, authorization: edit(authorization) },
    body,
  };
}

function defaultSigned(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
