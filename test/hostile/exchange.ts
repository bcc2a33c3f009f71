// Sends bytes over a socket of its own and reads the answers: nothing between the case and the wire corrects anything.

import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  /** Lower-case names; a repeated header's values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Exchange {
  readonly answers: readonly Answer[];
  /** The server has ended the connection. */
  readonly closed: boolean;
  /** Bytes that are no answer. */
  readonly rest: Buffer;
  readonly tookMs: number;
}

export interface ExchangeOptions {
  readonly pieces: ReadonlyArray<string | Buffer | number>;
  readonly afterwards?: 'end' | 'vanish';
  /** Waits until the server closes, else until there are this many answers. */
  readonly until: 'closed' | number;
  /** The answer to a HEAD has no body whatever it announces. */
  readonly isHead: boolean;
  readonly withinMs: number;
}

/** Never rejects: no answer is an answer too. */
export function exchange(host: string, options: ExchangeOptions): Promise<Exchange> {
  const [hostname, port] = host.split(':');
  const startedMs = performance.now();
  const received: Buffer[] = [];
  let closed = false;
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      const { answers, rest } = readAnswers(Buffer.concat(received), options.isHead, closed);
      resolve({ answers, closed, rest, tookMs: performance.now() - startedMs });
    };
    // Only a bound: an answer that does not come is what some cases expect.
    const timer = setTimeout(finish, options.withinMs + 5000);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed = true;
      finish();
    });
    socket.on('data', (bytes: Buffer) => {
      received.push(bytes);
      if (options.until === 'closed') return;
      const { answers } = readAnswers(Buffer.concat(received), options.isHead, false);
      if (answers.length >= options.until) finish();
    });
    void send(socket, options).then(() => {
      if (options.afterwards === 'vanish') finish();
      if (options.afterwards === 'end') socket.end();
    });
  });
}

async function send(socket: ReturnType<typeof connect>, { pieces }: ExchangeOptions): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    // Pauses are part of what is sent: a slow client is one of the cases.
    if (typeof piece === 'number') await new Promise((resolve) => setTimeout(resolve, piece));
    else if (!socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)) await drained(socket);
  }
}

function drained(socket: ReturnType<typeof connect>): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
}

function readAnswers(bytes: Buffer, isHead: boolean, closed: boolean): { answers: readonly Answer[]; rest: Buffer } {
  const answers: Answer[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return { answers, rest };
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) return { answers, rest };
    const headers = readHeaders(lines);
    const body = status < 200 ? Buffer.alloc(0) : bodyOf(rest.subarray(end + 4), status, headers, isHead, closed);
    if (body === undefined) return { answers, rest };
    const consumed = end + 4 + ('length' in body ? body.length : body.consumed);
    rest = rest.subarray(consumed);
    if (status >= 200) answers.push({ status, headers, body: 'length' in body ? body : body.bytes });
  }
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

type Body = Buffer | { readonly bytes: Buffer; readonly consumed: number };

function bodyOf(rest: Buffer, status: number, headers: Answer['headers'], isHead: boolean, closed: boolean) {
  if (isHead || status === 204 || status === 304) return Buffer.alloc(0);
  if (headers['transfer-encoding'] === 'chunked') return chunkedBody(rest);
  const length = headers['content-length'];
  if (length !== undefined) return rest.length < Number(length) ? undefined : rest.subarray(0, Number(length));
  return closed ? rest : undefined;
}

function chunkedBody(rest: Buffer): Body | undefined {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = rest.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, end).toString('latin1'), 16);
    const next = end + 2 + size + 2;
    if (Number.isNaN(size) || rest.length < next) return undefined;
    if (size === 0) return { bytes: Buffer.concat(pieces), consumed: next };
    pieces.push(rest.subarray(end + 2, end + 2 + size));
    at = next;
  }
}
