// Reads the two forms of Signature Version 4: the Authorization header and the presigned query.

import { createHash } from 'node:crypto';
import { limits } from '#core/limits.ts';
import { headerOf, type Request } from '#core/message.ts';
import { incompleteSignature, missingAuthentication } from './refusals.ts';

export interface CredentialScope {
  readonly accessKeyId: string;
  /** `yyyymmdd`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface SignatureParts {
  readonly form: 'header' | 'presigned';
  readonly scope: CredentialScope;
  /** Lower case, as listed. */
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hex digits. */
  readonly signature: string;
  /** `yyyymmddThhmmssZ`, as signed. */
  readonly timestamp: string;
  /** How long a presigned URL is good for; undefined for the header form. */
  readonly expiresMs: number | undefined;
  readonly sessionToken: string | undefined;
}

export const algorithm = 'AWS4-HMAC-SHA256';

/** Throws missing-authentication when there is no signature at all, incomplete-signature when there is half of one. */
export function readSignature(request: Request): SignatureParts {
  const authorization = headerOf(request.headers, 'authorization');
  const isPresigned = request.query !== '' && /(?:^|&)X-Amz-(?:Algorithm|Credential|Signature)=/.test(request.query);
  if (authorization === undefined) {
    if (isPresigned) return readPresigned(request);
    throw missingAuthentication();
  }
  // Two proofs could name two callers, and a proxy might have looked at the other one.
  if (isPresigned) throw incompleteSignature('Only one of Authorization header and query-string signature is allowed.');
  return readHeader(request, authorization);
}

function readHeader(request: Request, authorization: string): SignatureParts {
  if (!authorization.startsWith('AWS4-')) throw missingAuthentication();
  const [name = '', ...words] = authorization.split(' ');
  const rest = words.join(' ');
  if (name !== algorithm) throw incompleteSignature(`Unsupported AWS 'algorithm': ${hashOf(authorization)}`);
  const fields = fieldsOf(rest, authorization);
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.get(name));
  const timestamp = timestampOf(request);
  if (missing.length > 0 || timestamp === undefined) {
    const wanted = missing.map((name) => `Authorization header requires '${name}' parameter.`);
    const date = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
    const dated = timestamp === undefined ? [date] : [];
    throw incompleteSignature([...wanted, ...dated, hashOf(authorization)].join(' '));
  }
  return {
    form: 'header',
    scope: readScope(fields.get('Credential') ?? ''),
    signedHeaders: readSignedHeaders(fields.get('SignedHeaders') ?? ''),
    signature: readHex(fields.get('Signature') ?? ''),
    timestamp,
    expiresMs: undefined,
    sessionToken: headerOf(request.headers, 'x-amz-security-token'),
  };
}

function fieldsOf(text: string, authorization: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const field of text.split(',')) {
    const [name = '', ...value] = field.trim().split('=');
    if (fields.has(name))
      throw incompleteSignature(`Authorization header has '${name}' twice. ${hashOf(authorization)}`);
    fields.set(name, value.join('='));
  }
  return fields;
}

/** Names the header to whoever sent it, without repeating into an answer or a log what it holds. */
function hashOf(authorization: string): string {
  const hash = createHash('sha256').update(authorization).digest('base64');
  return `(Hashed with SHA-256 and encoded with Base64) Authorization=${hash}`;
}

function readPresigned(request: Request): SignatureParts {
  const query = new URLSearchParams(request.query);
  const required = (name: string) => {
    const [value, ...more] = query.getAll(name);
    if (value !== undefined && more.length === 0) return value;
    throw incompleteSignature(`AWS query-string parameters must include '${name}' once.`);
  };
  if (required('X-Amz-Algorithm') !== algorithm) throw incompleteSignature(`X-Amz-Algorithm must be ${algorithm}.`);
  const expires = required('X-Amz-Expires');
  const expiresMs = /^\d{1,6}$/.test(expires) ? Number(expires) * 1000 : 0;
  if (expiresMs < 1000 || expiresMs > limits.presignedExpiryMsMax) {
    throw incompleteSignature('X-Amz-Expires must be between 1 and 604800 seconds.');
  }
  return {
    form: 'presigned',
    scope: readScope(required('X-Amz-Credential')),
    signedHeaders: readSignedHeaders(required('X-Amz-SignedHeaders')),
    signature: readHex(required('X-Amz-Signature')),
    timestamp: readTimestamp(required('X-Amz-Date')),
    expiresMs,
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
  };
}

function timestampOf(request: Request): string | undefined {
  const amzDate = headerOf(request.headers, 'x-amz-date');
  if (amzDate !== undefined) return readTimestamp(amzDate);
  const date = headerOf(request.headers, 'date');
  if (date === undefined) return undefined;
  // HTTP's own form or the basic one: whatever else Date.parse takes, some of it leads past the year 9999.
  const isHttpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(date);
  const ms = isHttpDate ? Date.parse(date) : timestampMs(date);
  if (Number.isNaN(ms)) throw incompleteSignature('The Date header is not a date.');
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function readTimestamp(text: string): string {
  if (!Number.isNaN(timestampMs(text))) return text;
  throw incompleteSignature('Date must be in ISO-8601 basic format: yyyymmddThhmmssZ.');
}

// Thousands of requests are signed in one second: its text is read once.
let lastTimestamp = { text: '', ms: Number.NaN };

/** Epoch milliseconds of `yyyymmddThhmmssZ`; NaN for anything else. */
export function timestampMs(text: string): number {
  if (lastTimestamp.text !== text) lastTimestamp = { text, ms: readTimestampMs(text) };
  return lastTimestamp.ms;
}

function readTimestampMs(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function readScope(credential: string): CredentialScope {
  const parts = credential.split('/');
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts;
  if (parts.length !== 5 || !/^\w{16,128}$/.test(accessKeyId)) {
    throw incompleteSignature(
      'Credential must have exactly 5 slash-delimited elements, <key>/<date>/<region>/<service>/aws4_request.',
    );
  }
  if (terminator !== 'aws4_request')
    throw incompleteSignature("Credential should be scoped with a valid terminator: 'aws4_request'.");
  return { accessKeyId, date, region, service };
}

const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

function readSignedHeaders(text: string): readonly string[] {
  const names = text.split(';');
  // In order, each after the one before: so none comes twice.
  const wellFormed = names.every(
    (name, index) => headerName.test(name) && (index === 0 || name > (names[index - 1] ?? '')),
  );
  if (wellFormed && names.length <= 100) return names;
  throw incompleteSignature('SignedHeaders must be a sorted list of lower-case names, each once.');
}

function readHex(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw incompleteSignature('Signature must be 64 lower-case hexadecimal digits.');
}
