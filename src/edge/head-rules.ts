// What a request's head must be before anybody looks at what it asks for. Node's parser has refused the rest.

import type { IncomingMessage } from 'node:http';
import { limits } from '#core/limits.ts';

export interface HeadRefusal {
  readonly status: number;
  readonly text: string;
}

/** A host name or address with or without a port; empty is allowed by RFC 9112. */
const hostForm = /^[\w.:[\]-]{0,255}$/;

/** Undefined when the head is good. Two parties that read it differently must never both find it good. */
export function refusalOfHead(message: IncomingMessage): HeadRefusal | undefined {
  const { rawHeaders, headers, url = '', httpVersionMajor } = message;
  if (httpVersionMajor !== 1) return { status: 505, text: 'This site speaks HTTP/1.1.' };
  if (url.length > limits.urlBytesMax) return { status: 414, text: 'The request target is too long.' };
  if (rawHeaders.length > 2 * limits.headersMax) return { status: 431, text: 'There are too many headers.' };
  if (!hostForm.test(headers.host ?? '') || countHosts(rawHeaders) > 1) {
    return { status: 400, text: 'There must be one Host header that is a host name.' };
  }
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return { status: 501, text: 'The only transfer coding served is chunked.' };
  }
  return undefined;
}

/** Node keeps the first of several Host headers and forgets the others. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
