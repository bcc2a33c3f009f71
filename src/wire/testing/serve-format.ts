// For tests: a server that is nothing but a wire format, so that real SDK clients can be pointed at it.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DomainError } from '#core/errors.ts';
import type { Reply, Request } from '#core/message.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { Service } from '#core/service.ts';
import type { Refusal, WireFormat } from '../wire-format.ts';

export interface TestServer extends AsyncDisposable {
  readonly endpoint: string;
  /** What `read` returned, call by call. */
  readonly inputs: Array<{ readonly operation: string; readonly input: unknown }>;
}

/** What a test answers: an output for `write`, or a refusal. */
export type Answer = { readonly output: unknown } | { readonly refusal: Refusal };

/** A request as the corridor would hand it over, with its body in hand. */
export function requestOf(parts: Partial<Omit<Request, 'body'>>, body: Buffer): Request {
  const requestBody: Request['body'] = {
    declaredBytes: body.length,
    bytes: async () => body,
    stream: async function* () {
      yield body;
    },
  };
  return { method: 'POST', path: '/', query: '', headers: {}, ...parts, body: requestBody };
}

/** Serves one service on a free port of the loopback. Refusals of the format are answered with kind as code. */
export async function serveFormat(
  format: WireFormat,
  service: Service,
  answer: (operation: string, input: unknown) => MaybePromise<Answer>,
): Promise<TestServer> {
  const inputs: TestServer['inputs'] = [];
  const handle = async (message: IncomingMessage): Promise<Reply> => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const [path = '/', query = ''] = (message.url ?? '/').split('?', 2);
    const head = { method: message.method ?? '', path, query, headers: message.headers };
    const request = requestOf(head, Buffer.concat(chunks));
    const requestId = '11111111-2222-4333-8444-555555555555';
    try {
      const operation = await format.operationOf(service, request);
      const input = await format.read(service, operation, request, undefined as never);
      inputs.push({ operation, input });
      const answered = await answer(operation, input);
      if ('refusal' in answered) return format.refuse(service, answered.refusal, requestId);
      return format.write(service, operation, answered.output, requestId);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return format.refuse(service, { code: error.kind, status: 400, message: error.message }, requestId);
    }
  };
  const server = createServer((message, response) => {
    handle(message).then(
      (reply) => response.writeHead(reply.status, reply.headers as Record<string, string>).end(reply.body),
      (error: unknown) => response.writeHead(599).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    inputs,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
