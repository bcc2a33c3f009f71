// The plain load: the same few requests again and again over keep-alive connections, each answer timed and checked.

import { Connection } from './connection.ts';
import type { RequestsJob, RequestText, SlowReadersJob } from './jobs.ts';
import type { Tally } from './tally.ts';

export async function runRequests(job: RequestsJob, tally: Tally): Promise<void> {
  const connections = await openAll(job, job.readBytes);
  try {
    const untilMs = performance.now() + (job.durationMs ?? Number.POSITIVE_INFINITY);
    let left = job.count ?? Number.POSITIVE_INFINITY;
    let next = 0;
    const drive = async (connection: Connection) => {
      while (left > 0 && performance.now() < untilMs) {
        left -= 1;
        const request = job.requests[next++ % job.requests.length];
        if (request !== undefined) await exchange(connection, request, tally);
      }
    };
    tally.begin();
    await Promise.all(connections.map(drive));
    tally.end();
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Readers that stop reading whenever they are ahead of their rate: what waits stands in the server and the kernel. */
export async function runSlowReaders(job: SlowReadersJob, tally: Tally): Promise<void> {
  const connections = await openAll(job);
  try {
    tally.begin();
    await Promise.all(
      connections.map((connection) => {
        const beganMs = performance.now();
        let taken = 0;
        connection.onBytes = (count) => {
          taken += count;
          const aheadMs = (taken / job.bytesPerSecond) * 1000 - (performance.now() - beganMs);
          if (aheadMs < 10) return true;
          setTimeout(() => connection.resume(), aheadMs);
          return false;
        };
        return exchange(connection, job.request, tally);
      }),
    );
    tally.end();
  } finally {
    for (const connection of connections) connection.close();
  }
}

export async function exchange(connection: Connection, request: RequestText, tally: Tally): Promise<void> {
  const began = performance.now();
  const answer = await connection.exchange(request.bytes, { isHead: request.isHead });
  if (answer.status !== request.expectedStatus) {
    const asked = Buffer.from(request.bytes).toString('latin1').split('\r\n')[0];
    throw new Error(`${asked} was answered ${answer.status} instead of ${request.expectedStatus}: ${answer.head}`);
  }
  tally.add(performance.now() - began, answer.bodyBytes);
}

export function openAll(
  { address, connections }: Pick<RequestsJob, 'address' | 'connections'>,
  readBytes?: number,
): Promise<Connection[]> {
  const { host, port } = address;
  return Promise.all(Array.from({ length: connections }, () => Connection.open(host, port, readBytes)));
}
