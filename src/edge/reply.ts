// Writes a reply: bytes in one piece, streams with back-pressure; a stream that fails breaks the connection.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from '#core/message.ts';
import { releaseBuffer } from '#std/release-buffer.ts';

const joinedBytesMax = 16 * 1024;

/** Resolves when everything was handed over. Rejects with what a stream threw, after breaking the connection. */
export async function writeReply(message: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  const { status, body } = reply;
  const headers = reply.headers as Record<string, string | number | string[]>;
  // What clients push is answered as what it is called, whatever a browser would make of its bytes.
  headers['x-content-type-options'] = 'nosniff';
  // A body that nobody read would be taken for the next request: the connection ends with this reply.
  if (!message.complete && hasBody(message)) headers.connection = 'close';
  const isBare = message.method === 'HEAD' || status === 204 || status === 304;
  if (body === undefined || isBare) {
    if (body === undefined && !isBare) headers['content-length'] ??= 0;
    response.writeHead(status, headers).end();
    return;
  }
  if (typeof body === 'string' || body instanceof Uint8Array) {
    headers['content-length'] = Buffer.byteLength(body);
    writeWhole(response.writeHead(status, headers), body);
    return;
  }
  response.writeHead(status, headers);
  try {
    await pour(body, response);
  } catch (error) {
    response.destroy();
    throw error;
  }
}

/** As text, even of bytes, a small body leaves in one piece with its head, which costs the system a tenth less. */
function writeWhole(response: ServerResponse, body: string | Uint8Array): void {
  if (typeof body === 'string') response.end(body);
  else if (body.length > joinedBytesMax) response.end(body);
  else response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'), 'latin1');
}

/** True when the head announces a body of at least one byte. */
export function hasBody(message: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = message.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

async function pour(body: AsyncIterable<Uint8Array>, response: ServerResponse): Promise<void> {
  for await (const piece of body) {
    if (response.destroyed || !(await send(response, piece))) return;
    releaseBuffer(piece);
  }
  response.end();
}

/** True once the client's system took all of it, false when the client is gone: whichever comes first. */
function send(response: ServerResponse, piece: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = () => resolve(false);
    response.once('close', gone);
    response.write(piece, (error) => {
      response.off('close', gone);
      resolve(error === null || error === undefined);
    });
  });
}
