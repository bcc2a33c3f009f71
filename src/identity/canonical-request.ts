// The canonical request of Signature Version 4: what was signed, rebuilt from what arrived (iam.md §8).

import { hash } from 'node:crypto';
import { type Request, type RequestHeaders } from '#core/message.ts';

export interface CanonicalParts {
  readonly request: Request;
  /** Lower case, in the order the client listed them. */
  readonly signedHeaders: readonly string[];
  /** Hex SHA-256 of the body. */
  readonly payloadHash: string;
  /** Query parameter that is no part of what was signed (`X-Amz-Signature` of a presigned URL). */
  readonly withoutParameter?: string;
}

/** Hex SHA-256 of the canonical request. */
export function canonicalRequestHash(parts: CanonicalParts): string {
  const { request, signedHeaders, payloadHash, withoutParameter } = parts;
  const headers = signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers, name)}\n`).join('');
  const text = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query, withoutParameter),
    headers,
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
  // Header values hold one character for each byte that arrived (node:http), and signers sign the bytes.
  return hash('sha256', Buffer.from(text, 'latin1'), 'hex');
}

/** Of visible characters with single spaces between them: what nearly every header is. */
const tidy = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/** Trimmed, inner runs of spaces collapsed; a repeated header's values joined by a comma. */
function canonicalHeader(headers: RequestHeaders, name: string): string {
  const value = headers[name];
  if (typeof value === 'string' && tidy.test(value)) return value;
  const values = typeof value === 'string' ? [value] : (value ?? []);
  return values.map((one) => one.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')).join(',');
}

/** Services but S3 normalise the path, then encode each segment once more than it arrived. */
export function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(encode(segment));
  }
  const trailing = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${trailing}`;
}

/** Sorted by encoded name, then value; each encoded exactly once, whatever the client did. */
export function canonicalQuery(query: string, withoutParameter?: string): string {
  if (query === '') return '';
  const pairs = query.split('&').filter((pair) => pair !== '');
  const encoded = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1));
    return { name: encode(name), value: encode(value) };
  });
  return encoded
    .filter(({ name }) => name !== withoutParameter)
    .sort((left, right) => compare(left.name, right.name) || compare(left.value, right.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** RFC 3986: everything but the unreserved characters, in upper-case hex. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (char) => {
    return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

/** What is no valid encoding stays as it is: then it does not match what was signed. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
