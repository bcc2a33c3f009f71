// Connections that a worker is handed are like those that it would accept: TLS, the PROXY protocol, half-closed ones.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect as connectSecurely } from 'node:tls';
import { startServer } from './support/server-process.ts';

const get = 'GET /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

async function open(context: TestContext, yaml: string) {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-handed-'));
  context.after(() => rm(root, { recursive: true, force: true }));
  const config = join(root, 'sallyport.yaml');
  await writeFile(config, `workers: 2\n${yaml}\n`);
  const dataFolder = join(root, 'data');
  const server = await startServer({ dataFolder, args: ['--config', config] });
  context.after(() => server.dispose());
  return { server, port: Number(new URL(server.url).port), dataFolder };
}

async function answerOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const piece of socket) text += String(piece);
  return text;
}

test('a client that has said all and closed its side is answered, by either worker', async (context) => {
  const { port, server } = await open(context, '');
  for (let count = 0; count < 4; count += 1) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(get);
    assert.match(await answerOf(socket), /^HTTP\/1\.1 401 /);
  }
  assert.equal(await server.stop(), 0);
});

test('TLS behind a proxy that speaks the PROXY protocol', async (context) => {
  const yaml = 'tls: self-signed\nproxies: {trusted: [127.0.0.1], proxyProtocol: true}';
  const { port, dataFolder, server } = await open(context, yaml);
  const ca = await readFile(join(dataFolder, 'tls/ca.crt'));
  for (let count = 0; count < 4; count += 1) {
    const raw = connect({ port, host: '127.0.0.1' });
    await once(raw, 'connect');
    raw.write('PROXY TCP4 192.0.2.1 10.0.0.1 4711 443\r\n');
    const socket = connectSecurely({ socket: raw, ca, servername: 'localhost' });
    socket.write(get);
    assert.match(await answerOf(socket), /^HTTP\/1\.1 401 /);
  }
  assert.equal(await server.stop(), 0);
});
