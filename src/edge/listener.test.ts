// What a listener bounds: connections, pipelined requests, heads and bodies that hardly arrive, answers nobody takes.

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '#core/clock.ts';
import { type Flow, openFlow } from './flow.ts';
import { refusalOfHead } from './head-rules.ts';
import { type Listener, listen, type MessageHandler } from './listener.ts';

/** What a socket is told until it is closed. */
function told(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on('data', (bytes: Buffer) => pieces.push(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(pieces).toString('latin1')));
  });
}

suite('a listener', () => {
  let listener: Listener;
  let flow: Flow;
  const held: Array<() => void> = [];
  const handle: MessageHandler = async (message, response) => {
    const refusal = refusalOfHead(message);
    if (refusal !== undefined) {
      response.writeHead(refusal.status, { connection: 'close' }).end(refusal.text);
      return;
    }
    flow.watch(message, response);
    if (message.url === '/held') await new Promise<void>((resolve) => held.push(resolve));
    if (message.url === '/endless') {
      response.writeHead(200);
      const more = () => {
        while (response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
      return;
    }
    for await (const piece of message) assert.ok(piece);
    if (!response.headersSent) response.end('done');
  };
  const open = () => {
    const socket = connect(listener.port, '127.0.0.1');
    return { socket, told: told(socket) };
  };
  const ask = (text: string) => {
    const { socket, told: answer } = open();
    socket.write(text);
    return answer;
  };

  before(async () => {
    flow = openFlow({ bytesPerSecondMin: 1000, slowMs: 400 }, systemClock);
    const connections = { max: 100, perAddressMax: 5, pipelinedMax: 2, headMs: 400 };
    listener = await listen({ host: '127.0.0.1', port: 0, secure: undefined, handle, connections });
  });
  after(async () => {
    flow.close();
    await listener.close(0);
  });

  test('turns connections of one address away beyond its share, and takes others when one has closed', async () => {
    const five = Array.from({ length: 5 }, open);
    const sixth = open();
    assert.match(await sixth.told, /^HTTP\/1\.1 503 .*Retry-After: 1\r\n/s);
    for (const { socket } of five) socket.destroy();
    await Promise.all(five.map((one) => one.told));
    const answer = await ask('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 200 /);
  });

  test('ends a connection that sends requests ahead of their answers', async () => {
    const answer = ask('GET /held HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4));
    assert.equal(await answer, '');
    for (const go of held.splice(0)) go();
    const two = await ask(
      `${'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2)}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    assert.equal(two.match(/200 OK/g)?.length, 3);
  });

  test('ends a head that does not arrive', async () => {
    assert.match(await ask('GET / HTTP/1.1\r\nHost: '), /^HTTP\/1\.1 408 /);
    assert.match(await open().told, /^(HTTP\/1\.1 408 .*)?$/s);
  });

  test('ends a body that hardly arrives with 408', async () => {
    const { socket, told: answer } = open();
    socket.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
    // A byte now and then: the connection is never idle.
    const drip = setInterval(() => socket.write('.'), 50);
    assert.match(await answer, /^HTTP\/1\.1 408 /);
    clearInterval(drip);
  });

  test('ends an answer that nobody takes', async () => {
    const socket = connect(listener.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.once('data', () => {
      socket.pause();
      // Long enough to be ended; reading on afterwards is how this side hears of it.
      setTimeout(() => socket.resume(), 1500);
    });
    await closed;
  });

  test('does not end a body whose reader is slow', async () => {
    const { socket, told: answer } = open();
    socket.write(`PUT /held HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello`);
    // Longer than a transfer may be slow.
    await new Promise((resolve) => setTimeout(resolve, 900));
    for (const go of held.splice(0)) go();
    assert.match(await answer, /^HTTP\/1\.1 200 /);
    assert.equal(socket.destroyed, true);
  });

  test('judges heads', async () => {
    const head = (lines: string) => ask(`GET / HTTP/1.1\r\n${lines}\r\n\r\n`);
    assert.match(await head('Host: a\r\nHost: b'), / 400 /);
    assert.match(await head('Host: a/b'), / 400 /);
    assert.match(await head('Host: a@b'), / 400 /);
    assert.match(await head('Host: a\r\nTransfer-Encoding: gzip, chunked'), / 501 /);
    assert.match(await head(`Host: a${'\r\nX-A: b'.repeat(100)}`), / 431 /);
    assert.match(await head(`Host: a\r\nConnection: close${'\r\nX-A: b'.repeat(98)}`), / 200 /);
    assert.match(await ask(`GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`), / 414 /);
  });
});
