// The body of a request as a reader meets it: order, back-pressure, clients that vanish.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { bodyStream } from './body-stream.ts';

const kibibyte = 1024;

/** Sends a head over a raw connection, and gives both ends of the request. */
async function withRequest(
  head: string,
  work: (message: IncomingMessage, client: Socket) => Promise<void>,
): Promise<void> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    client.write(`PUT / HTTP/1.1\r\nHost: any\r\n${head}\r\n\r\n`);
    const [message] = (await once(server, 'request')) as [IncomingMessage];
    await work(message, client);
  } finally {
    await close(server, client);
  }
}

async function close(server: Server, client: Socket): Promise<void> {
  client.on('error', () => undefined).destroy();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bodyStream(message)) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a body comes whole and in order, also when its reader is slower than its client', async () => {
  const sent = Buffer.alloc(3_000_000, 'which of these bytes is out of place? ');
  await withRequest(`Content-Length: ${sent.length}`, async (message, client) => {
    client.write(sent);
    const pieces: Uint8Array[] = [];
    for await (const piece of bodyStream(message)) {
      pieces.push(piece);
      // A turn of the loop: more arrives meanwhile, until the socket is left alone.
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(Buffer.concat(pieces).equals(sent));
  });
});

test('a body in chunks comes without their frames', async () => {
  await withRequest('Transfer-Encoding: chunked', async (message, client) => {
    client.write('3\r\none\r\n5\r\n, two\r\n');
    client.write('0\r\n\r\n');
    assert.equal((await read(message)).toString(), 'one, two');
  });
});

test('what nobody reads is not taken from the socket for ever', async () => {
  const offered = 64 * 1024 * kibibyte;
  await withRequest(`Content-Length: ${offered}`, async (message, client) => {
    const bytes = bodyStream(message)[Symbol.asyncIterator]();
    client.write(Buffer.alloc(offered));
    await bytes.next();
    // Nothing else is going on: once several turns have brought no more, the socket is left alone.
    let before = -1;
    for (let quiet = 0; quiet < 20; quiet = message.socket.bytesRead === before ? quiet + 1 : 0) {
      before = message.socket.bytesRead;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(before < 1024 * kibibyte, `${before} bytes were taken`);
    let total = 0;
    for (let next = await bytes.next(); next.done !== true; next = await bytes.next()) total += next.value.length;
    assert.ok(total > offered - 128 * kibibyte, `only ${total} bytes came after that`);
  });
});

test('a client that vanishes is request-incomplete, after the bytes that it sent', async () => {
  await withRequest('Content-Length: 100', async (message, client) => {
    const bytes = bodyStream(message)[Symbol.asyncIterator]();
    client.write('some of it');
    const first = await bytes.next();
    assert.equal(Buffer.from(first.value ?? []).toString(), 'some of it');
    client.destroy();
    await assert.rejects(bytes.next(), { kind: 'request-incomplete' });
    await assert.rejects(bytes.next(), { kind: 'request-incomplete' });
    // And so for whoever comes only now.
    await assert.rejects(read(message), { kind: 'request-incomplete' });
  });
});

test('a body that was read, or that nobody wants any more, is at its end', async () => {
  await withRequest('Content-Length: 3', async (message, client) => {
    client.write('all');
    assert.equal((await read(message)).toString(), 'all');
    assert.equal((await read(message)).length, 0);
  });
  await withRequest('Content-Length: 100', async (message, client) => {
    const bytes = bodyStream(message)[Symbol.asyncIterator]();
    client.write('some of it');
    await bytes.next();
    await bytes.return?.();
    assert.deepEqual(await bytes.next(), { done: true, value: undefined });
  });
});

test('a body that was cut off before its reader had all of it is not at its end', async () => {
  await withRequest('Content-Length: 6', async (message, client) => {
    const bytes = bodyStream(message)[Symbol.asyncIterator]();
    client.write('one');
    await bytes.next();
    // The parser sees the last byte, and nobody takes it: so it is while a reader is slow.
    message.pause();
    client.write('two');
    while (!message.complete) await new Promise((resolve) => setImmediate(resolve));
    message.destroy();
    await once(message, 'close');
    await assert.rejects(bytes.next(), { kind: 'request-incomplete' });
  });
});
