// A listener behind a proxy that speaks the PROXY protocol: plain and over TLS, in pieces, and who gets in without.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect as connectSecurely, type SecureContextOptions } from 'node:tls';
import { systemClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { type Listener, listen, type MessageHandler } from './listener.ts';
import { openSelfSigned } from './self-signed.ts';
import { readCertificate } from './tls.ts';

const header = 'PROXY TCP4 192.0.2.1 10.0.0.1 4711 443\r\n';
const get = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const connections = { max: 100, perAddressMax: 2, pipelinedMax: 8, headMs: 400 };

interface Setting {
  readonly isTrusted?: boolean;
  readonly secure?: SecureContextOptions;
}

async function open(context: TestContext, { isTrusted = true, secure }: Setting = {}): Promise<Listener> {
  const handle: MessageHandler = async (message, response) => {
    response.end(`from ${listener.sourceOf(message.socket)}\n`);
  };
  const listener = await listen({
    ...{ host: '127.0.0.1', port: 0, secure, handle, connections },
    proxyProtocol: { isTrusted: () => isTrusted },
  });
  context.after(() => listener.close(0));
  return listener;
}

/** All that comes back until the other side ends. */
async function answerOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
  });
  socket.on('error', () => undefined);
  if (!socket.closed) await once(socket, 'close');
  return text;
}

function dial(listener: Listener): Socket {
  return connect({ port: listener.port, host: '127.0.0.1' });
}

test('header and request in one piece', async (context) => {
  const socket = dial(await open(context));
  socket.write(header + get);
  assert.match(await answerOf(socket), /^HTTP\/1\.1 200 [\s\S]*from 192\.0\.2\.1\n/);
});

test('byte by byte', async (context) => {
  const socket = dial(await open(context)).setNoDelay(true);
  await once(socket, 'connect');
  const answer = answerOf(socket);
  for (const letter of header + get) await new Promise((sent) => socket.write(letter, sent));
  assert.match(await answer, /^HTTP\/1\.1 200 [\s\S]*from 192\.0\.2\.1\n/);
});

test('several requests on one connection are of the same client', async (context) => {
  const socket = dial(await open(context));
  socket.write(header + get.replace('Connection: close\r\n', '') + get);
  assert.equal((await answerOf(socket)).match(/from 192\.0\.2\.1/g)?.length, 2);
});

test('over TLS', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-proxied-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const files = await openSelfSigned({ folder, names: ['a.test'], clock: systemClock, random: systemRandom });
  const socket = dial(await open(context, { secure: readCertificate(files) }));
  await once(socket, 'connect');
  await new Promise((sent) => socket.write(header, sent));
  const secure = connectSecurely({ socket, rejectUnauthorized: false });
  await once(secure, 'secureConnect');
  secure.write(get);
  assert.match(await answerOf(secure), /from 192\.0\.2\.1\n/);
});

test('who is not trusted is cut off, header or not', async (context) => {
  const listener = await open(context, { isTrusted: false });
  for (const text of [header + get, get]) {
    const socket = dial(listener);
    socket.write(text);
    assert.equal(await answerOf(socket), '');
  }
});

test('a request without a header is cut off', async (context) => {
  const socket = dial(await open(context));
  socket.write(get);
  assert.equal(await answerOf(socket), '');
});

test('a header that does not come in time ends the connection', async (context) => {
  const socket = dial(await open(context));
  socket.write(header.slice(0, 20));
  assert.equal(await answerOf(socket), '');
});

test('a head that does not come in time after the header does too', async (context) => {
  const socket = dial(await open(context));
  socket.write(`${header}GET / HTTP/1.1\r\n`);
  assert.match(await answerOf(socket), /^HTTP\/1\.1 408 /);
});

test('connections are counted by who stands behind the proxy', async (context) => {
  const listener = await open(context);
  const sockets = [header, header, header, header.replace('192.0.2.1', '192.0.2.2')].map((text) => {
    const socket = dial(listener);
    socket.write(text + get.replace('Connection: close\r\n', ''));
    return socket;
  });
  const first = await Promise.all(sockets.map(async (socket) => String((await once(socket, 'data'))[0]).slice(9, 12)));
  assert.deepEqual(first.toSorted(), ['200', '200', '200', '503']);
  for (const socket of sockets) socket.destroy();
});

test('closing ends connections that wait for their header, and lets a running request finish', async (context) => {
  const listener = await open(context);
  const waiting = dial(listener);
  await once(waiting, 'connect');
  const ended = answerOf(waiting);
  await listener.close(50);
  assert.equal(await ended, '');
});
