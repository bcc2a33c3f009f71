// Hostile input that takes more than one request: writers that race, uploads without end, clients that all vanish.

import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { ociClient } from '../support/oci-client.ts';
import { residentMib } from './leaks.ts';
import { repository, type Stage } from './stage.ts';

export interface Scenario {
  readonly name: string;
  /** Left out of the short form. */
  readonly isLong?: true;
  /** What was wrong. */
  run(stage: Stage): Promise<readonly string[]>;
}

const uploads = `/v2/${repository}/blobs/uploads/`;

async function newUpload({ honest }: Stage): Promise<string> {
  const started = await honest.send('POST', uploads, Buffer.alloc(0));
  return String(started.headers.location);
}

/** One of the two is told to go away, and the bytes are those of the other one alone. */
async function twoWriters(stage: Stage): Promise<readonly string[]> {
  const location = await newUpload(stage);
  const bodies = ['a', 'b'].map((sign) => Buffer.alloc(4_000_000, sign));
  const answers = await Promise.all(bodies.map((body) => stage.honest.send('PATCH', location, body)));
  const written = bodies.filter((_body, index) => answers[index]?.status === 202);
  const refused = answers.filter(({ status }) => status === 416);
  if (written.length + refused.length !== 2) return [`answers ${answers.map(({ status }) => status).join(', ')}`];
  const orders = [written, written.toReversed()].map((order) => Buffer.concat(order));
  const digests = orders.map((bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  for (const digest of new Set(digests)) {
    const { status } = await stage.honest.send('PUT', `${location}?digest=${digest}`, Buffer.alloc(0));
    if (status === 201) {
      await stage.honest.send('DELETE', `/v2/${repository}/blobs/${digest}`);
      return [];
    }
  }
  return written.length === 2 ? [] : ['the bytes are not those that were taken'];
}

/** Sends three of 99 bytes and waits. Should it be the one that is told to go away, it comes again. */
function stoppingWriter(stage: Stage, location: string): { end(): void } {
  const [hostname, port] = stage.server.host.split(':');
  const { authorization = '' } = stage.places;
  const socket = connect(Number(port), hostname);
  let successor: { end(): void } | undefined;
  socket.on('error', () => undefined);
  socket.once('data', () => {
    socket.destroy();
    successor = stoppingWriter(stage, location);
  });
  socket.write(
    `PATCH ${location} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Length: 99\r\n\r\nabc`,
  );
  return {
    end() {
      socket.destroy();
      successor?.end();
    },
  };
}

/** A writer that stops in the middle does not hold the upload for longer than it is there. */
async function writerInTheWay(stage: Stage): Promise<readonly string[]> {
  const location = await newUpload(stage);
  const writer = stoppingWriter(stage, location);
  for (let status = 202; status === 202; ) {
    // Until the first writer has its hands on the upload; an empty chunk changes nothing.
    ({ status } = await stage.honest.send('PATCH', location, Buffer.alloc(0)));
  }
  writer.end();
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { status } = await stage.honest.send('PATCH', location, Buffer.from('after'));
    if (status === 202) return [];
    // The server hears of the end a moment later.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return ['the upload stayed taken'];
}

/** Hundreds of clients begin a request of some kind and are gone. */
async function vanishingCrowd(stage: Stage): Promise<readonly string[]> {
  const [hostname, port] = stage.server.host.split(':');
  const { authorization = '' } = stage.places;
  const heads = [
    `POST ${uploads} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Length: 99999\r\n\r\nabc`,
    `GET /v2/${repository}/blobs/${stage.places.layer} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n`,
    'POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: a.b\r\nContent-Length: 99999\r\n\r\n{"a',
    'GET /v2/ HTTP/1.1\r\nHost',
  ];
  const before = await residentMib(stage);
  for (let round = 0; round < 4; round += 1) {
    const gone = Array.from({ length: 100 }, (_, index) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      return new Promise<void>((resolve) => {
        socket.on('close', () => resolve());
        socket.on('connect', () => socket.write(heads[index % heads.length] ?? '', () => socket.destroy()));
      });
    });
    await Promise.all(gone);
  }
  const { status } = await stage.honest.send('GET', `/v2/${repository}/manifests/one`);
  const grownMib = (await residentMib(stage)) - before;
  const faults = status === 200 ? [] : [`an honest request got ${status}`];
  return grownMib < 64 ? faults : [...faults, `memory grew by ${Math.round(grownMib)} MiB`];
}

/** The bound of open uploads holds, the refusal says when to come back, and everything else goes on. */
async function uploadsWithoutEnd(stage: Stage): Promise<readonly string[]> {
  const client = ociClient(stage.server.host, stage.credentials.member.token);
  try {
    for (let count = 0; count < 10_100; count += 50) {
      const batch = Array.from({ length: 50 }, () => client.send('POST', uploads, Buffer.alloc(0)));
      const answers = await Promise.all(batch);
      const refused = answers.find(({ status }) => status !== 202);
      if (refused === undefined) continue;
      const { errors = [] } = JSON.parse(refused.body.toString()) as { errors?: ReadonlyArray<{ code: string }> };
      const pull = await stage.honest.send('GET', `/v2/${repository}/manifests/one`);
      const isTold = errors[0]?.code === 'TOOMANYREQUESTS' && refused.headers['retry-after'] !== undefined;
      const faults = refused.status === 429 && isTold ? [] : [`got ${refused.status}`];
      const other = ociClient(stage.server.host, stage.credentials.administrator.token);
      const { status } = await other.send('POST', uploads, Buffer.alloc(0));
      other.close();
      if (status !== 202) faults.push(`somebody else got ${status}`);
      return pull.status === 200 ? faults : [...faults, `a pull got ${pull.status}`];
    }
    return ['one caller has opened more than 10,000 uploads'];
  } finally {
    client.close();
  }
}

export const scenarios: readonly Scenario[] = [
  { name: 'two writers on one upload', run: twoWriters },
  { name: 'a writer that stops and goes', run: writerInTheWay },
  { name: 'four hundred clients that vanish', run: vanishingCrowd },
  { name: 'uploads without end', isLong: true, run: uploadsWithoutEnd },
];
