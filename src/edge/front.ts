// The front of the house: what every request meets before the gateway, and how its reply leaves.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from '#core/message.ts';
import type { Crowd } from '#gateway/crowd.ts';
import type { Handler } from '#gateway/dispatch.ts';
import type { Flow } from './flow.ts';
import { refusalOfHead } from './head-rules.ts';
import { type HostMeaning, type HostTable, openHosts } from './hosts.ts';
import type { MessageHandler } from './listener.ts';
import { hasBody, writeReply } from './reply.ts';
import { type CallOptions, callOf, MessageBody, requestOf } from './request.ts';

export interface FrontOptions extends CallOptions {
  readonly hosts: HostTable;
  readonly handler: Handler;
  readonly crowd: Crowd;
  readonly flow: Flow;
  /** A fault of ours that no reply could tell: a broken stream, an unexpected error. */
  readonly onFault: (error: unknown) => void;
}

export function openFront(options: FrontOptions): MessageHandler {
  const meaningOf = openHosts(options.hosts);
  return async (message, response, expects) => {
    try {
      await serve(options, meaningOf, message, response, expects);
    } catch (error) {
      options.onFault(error);
      if (response.headersSent) response.destroy();
      else await writeReply(message, response, plain(500, 'The server met an internal error.'));
    }
  };
}

async function serve(
  options: FrontOptions,
  meaningOf: (hostHeader: string | undefined) => HostMeaning | undefined,
  message: IncomingMessage,
  response: ServerResponse,
  expects: boolean,
): Promise<void> {
  const refusal = refusalOfHead(message);
  if (refusal !== undefined) {
    const reply = plain(refusal.status, refusal.text);
    reply.headers.connection = 'close';
    return writeReply(message, response, reply);
  }
  const meaning = meaningOf(message.headers.host);
  if (meaning === undefined) {
    return writeReply(message, response, plain(421, 'This site does not serve the region that the host names.'));
  }
  const body = new MessageBody(message, expects ? askForBody(response) : undefined);
  const request = requestOf(message, body);
  const call = callOf(message, meaning, options);
  if (hasBody(message)) options.flow.watch(message, response);
  options.crowd.arrive();
  try {
    const reply = await options.handler(request, call);
    // Whoever was too slow has had an answer.
    if (response.headersSent) return;
    if (isStream(reply.body)) options.flow.watch(message, response);
    await writeReply(message, response, reply);
  } finally {
    options.crowd.leave(call);
  }
}

function isStream(body: Reply['body']): boolean {
  return typeof body === 'object' && !(body instanceof Uint8Array);
}

/** A client that waits to be asked for its body is asked only when somebody is about to read it. */
function askForBody(response: ServerResponse): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    response.writeContinue();
  };
}

function plain(status: number, text: string): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${text}\n` };
}
