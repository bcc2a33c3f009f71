// The control socket: how somebody at the host unseals a running site or has its root key replaced. Mode 0600.

import { chmod, type FileHandle, open, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { RootKey } from '#services/kms/root/root-key.ts';
import { parseRecord, type RootRecord, writeRecord } from '#services/kms/root/root-record.ts';
import type { RotationReport } from '#services/kms/root/rotation.ts';

/** What can be asked of a running site. */
export interface Controlled {
  sealed(): string | undefined;
  give(line: string): Promise<string>;
  rotate(next: RootKey, record: RootRecord): Promise<RotationReport>;
}

export type ControlRequest =
  | { readonly ask: 'status' }
  | { readonly ask: 'give'; readonly line: string }
  | { readonly ask: 'rotate'; readonly id: string; readonly key: string; readonly record: string };

export interface ControlAnswer {
  /** One sentence when it was not done. */
  readonly error?: string;
  readonly text?: string;
  readonly sealed?: string;
  readonly report?: RotationReport;
}

const requestCharsMax = 16 * 1024;
/** A rotation of very many rows takes its time. */
const answerWithinMs = 3600_000;
const requestWithinMs = 10_000;

/** What fits into a socket's address (108 bytes with its end). */
const addressBytesMax = 107;

interface ControlAddress {
  readonly path: string;
  /** Held open for as long as the path is used; undefined where it is the plain one. */
  readonly folder: FileHandle | undefined;
}

/** A path that is too long for an address is reached through its folder's descriptor, as Linux shows it. */
async function controlAddress(dataFolder: string): Promise<ControlAddress> {
  const path = join(dataFolder, 'control.sock');
  if (Buffer.byteLength(path) <= addressBytesMax) return { path, folder: undefined };
  const folder = await open(dataFolder, 'r');
  return { path: `/proc/self/fd/${folder.fd}/control.sock`, folder };
}

/** To be opened by who holds the data folder. */
export async function openControl(dataFolder: string, controlled: Controlled) {
  const { path, folder } = await controlAddress(dataFolder);
  const server = createServer((socket) => void serve(socket, controlled).catch(() => socket.destroy()));
  // Of a server that was killed: nobody else can be listening, as the folder is held.
  await unlink(path).catch(() => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      void folder?.close();
      reject(new Error(`The control socket in ${dataFolder} cannot be made: ${error.code}.`));
    });
    // The folder lets nobody else in, so the moment before the mode is set opens nothing.
    server.listen(path, () => resolve());
  });
  await chmod(path, 0o600);
  server.unref();
  return {
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await folder?.close();
    },
  };
}

async function serve(socket: Socket, controlled: Controlled): Promise<void> {
  socket.setTimeout(requestWithinMs, () => socket.destroy());
  const request = JSON.parse(await readLine(socket)) as ControlRequest;
  socket.setTimeout(0);
  const answer = await answerTo(request, controlled).catch((error: unknown): ControlAnswer => {
    return { error: error instanceof Error ? error.message : 'It could not be done.' };
  });
  socket.end(`${JSON.stringify(answer)}\n`);
}

async function answerTo(request: ControlRequest, controlled: Controlled): Promise<ControlAnswer> {
  const sealed = () => {
    const reason = controlled.sealed();
    return reason === undefined ? {} : { sealed: reason };
  };
  if (request.ask === 'status') return sealed();
  if (request.ask === 'give') return { text: await controlled.give(request.line), ...sealed() };
  const record = parseRecord(request.record);
  const bytes = Buffer.from(request.key, 'hex');
  if (record === undefined || bytes.length !== 32) throw new Error('the request is malformed');
  return { report: await controlled.rotate({ id: request.id, bytes }, record) };
}

/** Undefined when no server listens. Throws the sentence of the server when it did not do it. */
export async function askServer(dataFolder: string, request: ControlRequest): Promise<ControlAnswer | undefined> {
  const { path, folder } = await controlAddress(dataFolder);
  const socket = createConnection(path);
  const connected = new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  const isConnected = await connected;
  await folder?.close();
  if (!isConnected) return undefined;
  socket.setTimeout(answerWithinMs, () => socket.destroy());
  socket.write(`${JSON.stringify(request)}\n`);
  const answer = JSON.parse(await readLine(socket)) as ControlAnswer;
  socket.destroy();
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}

export function rotateRequest(next: RootKey, record: RootRecord): ControlRequest {
  return { ask: 'rotate', id: next.id, key: next.bytes.toString('hex'), record: writeRecord(record) };
}

function readLine(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    const take = (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end < 0 && text.length <= requestCharsMax) return;
      socket.off('data', take);
      if (end >= 0) resolve(text.slice(0, end));
      else reject(new Error('the line is too long'));
    };
    socket.on('data', take);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('The server ended before it answered.')));
  });
}
