// Clients that vanish, lie about lengths or send chunks out of order: nothing of theirs stays but an open upload.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { registryAuthorization } from './support/administrator.ts';
import { type House, openHouse } from './support/house.ts';
import { digestOf, type OciClient } from './support/oci-client.ts';

const empty = Buffer.alloc(0);

describe('a client that does not keep its word', () => {
  let house: House;
  let oci: OciClient;
  let authorization: string;

  before(async () => {
    house = await openHouse();
    await house.administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
    authorization = await registryAuthorization(house.administrator.options);
    oci = await house.administrator.oci();
  });
  after(() => house.dispose());

  const start = async () => String((await oci.send('POST', '/v2/app/blobs/uploads/', empty)).headers.location);
  const objects = async () => {
    const entries = await readdir(join(house.dataFolder, 'blobs'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).length;
  };

  /** Sends a request as it stands and ends as told; what the server said, which may be nothing. */
  const raw = (head: readonly string[], body: Buffer, end: 'vanish' | 'close' | 'wait') =>
    new Promise<string>((resolve) => {
      const [hostname = '', port = ''] = house.host.split(':');
      const socket = connect(Number(port), hostname);
      const pieces: Buffer[] = [];
      socket.on('data', (bytes: Buffer) => pieces.push(bytes));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(Buffer.concat(pieces).toString()));
      const lines = [...head, `Host: ${house.host}`, `Authorization: ${authorization}`, '', ''];
      socket.write(Buffer.concat([Buffer.from(lines.join('\r\n')), body]), () => {
        if (end === 'vanish') socket.resetAndDestroy();
        else if (end === 'close') socket.end();
      });
    });

  /** The upload's range once bytes have arrived: the server hears of a broken connection in its own time. */
  const received = async (location: string) => {
    for (;;) {
      const { status, headers } = await oci.send('GET', location);
      if (status !== 204 || headers.range !== '0-0') return headers.range;
    }
  };

  test('what arrived before it vanished can be gone on with, and is gone when it is cancelled', async () => {
    const bytes = randomBytes(300_000);
    const location = await start();
    const before = await objects();
    await raw([`PATCH ${location} HTTP/1.1`, `Content-Length: ${bytes.length}`], bytes.subarray(0, 100_000), 'close');
    const range = await received(location);
    const next = Number(range?.split('-')[1]) + 1;
    assert.ok(next > 0 && next <= 100_000, String(range));
    const rest = { 'content-range': `${next}-${bytes.length - 1}` };
    assert.equal((await oci.send('PATCH', location, bytes.subarray(next), rest)).status, 202);
    assert.equal((await oci.send('PUT', `${location}?digest=${digestOf(bytes)}`, empty)).status, 201);
    assert.deepEqual((await oci.send('GET', `/v2/app/blobs/${digestOf(bytes)}`)).body, bytes);
    assert.equal((await oci.send('DELETE', `/v2/app/blobs/${digestOf(bytes)}`)).status, 202);
    const cancelled = await start();
    const head = [`PATCH ${cancelled} HTTP/1.1`, `Content-Length: ${bytes.length}`];
    await raw(head, bytes.subarray(0, 100_000), 'close');
    await received(cancelled);
    assert.equal((await oci.send('DELETE', cancelled)).status, 204);
    // The blob that was deleted waits for collection; the cancelled upload has left nothing.
    assert.ok((await objects()) - before <= 2);
  });

  test('lengths that contradict each other are refused and store nothing', async () => {
    const location = await start();
    const before = await objects();
    const body = Buffer.alloc(50, 'x');
    const chunked = Buffer.from(`32\r\n${body.toString()}\r\n0\r\n\r\n`);
    const cases = [
      [['Content-Length: 50', 'Content-Range: 0-99'], body, /^HTTP\/1.1 400 /],
      [['Transfer-Encoding: chunked', 'Content-Range: 0-99'], chunked, /^HTTP\/1.1 400 /],
      [['Transfer-Encoding: chunked', 'Content-Range: 0-9'], chunked, /^HTTP\/1.1 400 /],
      [['Content-Length: 50', 'Content-Range: 10-59'], body, /^HTTP\/1.1 416 /],
      [['Content-Length: 50', 'Content-Length: 49'], body, /^HTTP\/1.1 400 /],
      [['Content-Length: 50', 'Transfer-Encoding: chunked'], body, /^HTTP\/1.1 400 /],
      [['Content-Length: -1'], body, /^HTTP\/1.1 400 /],
      [['Content-Length: 99999999999999'], body, /^HTTP\/1.1 4\d\d /],
    ] as const;
    for (const [headers, bytes, expected] of cases) {
      const head = [`PATCH ${location} HTTP/1.1`, ...headers, 'Connection: close'];
      assert.match(await raw(head, bytes, 'wait'), expected, headers.join(', '));
    }
    const { status, headers } = await oci.send('GET', location);
    assert.deepEqual([status, headers.range], [204, '0-0'], 'the upload is as it was');
    assert.equal(await objects(), before);
    assert.equal((await oci.send('DELETE', location)).status, 204);
  });

  test('a manifest or a whole blob that breaks off is not there', async () => {
    const bytes = randomBytes(100_000);
    const before = await objects();
    const whole = `/v2/app/blobs/uploads/?digest=${digestOf(bytes)}`;
    for (const target of [`POST ${whole}`, 'PUT /v2/app/manifests/v1']) {
      await raw([`${target} HTTP/1.1`, `Content-Length: ${bytes.length}`], bytes.subarray(0, 5000), 'vanish');
    }
    assert.equal((await oci.send('HEAD', `/v2/app/blobs/${digestOf(bytes)}`)).status, 404);
    assert.equal((await oci.send('HEAD', '/v2/app/manifests/v1')).status, 404);
    // The server hears of a broken connection in its own time, and then takes back what it had written.
    for (let asked = 0; (await objects()) !== before; asked += 1) {
      assert.ok(asked < 1000, 'what broke off is still there');
      await oci.send('GET', '/v2/');
    }
    assert.deepEqual(house.log, [], 'nothing of this was a fault of ours');
  });
});
