// Turns a case's request into bytes: places filled in, the credential added, the signature made.

import type { HostileCase, HttpRequest, Sender, SignatureChange } from './case.ts';
import { isRaw } from './case.ts';
import type { ExchangeOptions } from './exchange.ts';
import { signed } from './sign.ts';
import type { Stage } from './stage.ts';

export interface Composed {
  readonly host: string;
  readonly options: ExchangeOptions;
}

export function compose(stage: Stage, { send, expect }: HostileCase, places: Stage['places']): Composed {
  const withinMs = expect.withinMs ?? 1000;
  const until = expect.closes === true || [expect.status].flat().includes(0) ? 'closed' : (expect.answers ?? 1);
  if (!isRaw(send)) {
    const pieces = composeHttp(stage, send, places);
    return { host: stage.server.host, options: { pieces, until, isHead: send.method === 'HEAD', withinMs } };
  }
  const pieces = send.pieces.map((piece) => (typeof piece === 'string' ? fill(piece, places) : piece));
  const afterwards = send.afterwards === undefined ? {} : { afterwards: send.afterwards };
  const host = send.to === 'management' ? stage.managementHost : stage.server.host;
  const isHead = typeof pieces[0] === 'string' && pieces[0].startsWith('HEAD ');
  return { host, options: { pieces, ...afterwards, until, isHead, withinMs } };
}

/** `{name}` of a place; other braces stay. */
export function fill(text: string, places: Stage['places']): string {
  return text.replace(/\{([a-z-]+)\}/g, (whole, name: string) => places[name] ?? whole);
}

function composeHttp(stage: Stage, send: HttpRequest, places: Stage['places']): readonly Buffer[] {
  const body = typeof send.body === 'string' ? Buffer.from(fill(send.body, places)) : (send.body ?? Buffer.alloc(0));
  const given = Object.entries(send.headers ?? {}).map(([name, value]) => [name.toLowerCase(), fill(value, places)]);
  const headers: Record<string, string> = { host: places.host ?? '', ...Object.fromEntries(given) };
  const plain = { method: send.method, path: fill(send.path, places), headers, body };
  const request =
    send.signedFor === undefined
      ? { ...plain, headers: { ...headers, ...authorizationOf(stage, send.as ?? 'member') } }
      : sign(stage, send, plain, send.signedFor);
  const length = send.declaredBytes ?? request.body.length;
  const hasLength = length > 0 || ['POST', 'PUT', 'PATCH'].includes(send.method);
  const isChunked = 'transfer-encoding' in request.headers;
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  if (hasLength && !isChunked) lines.push(`content-length: ${length}`);
  const head = `${request.method} ${request.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  return [Buffer.from(head, 'latin1'), request.body];
}

function authorizationOf(stage: Stage, as: Sender): Record<string, string> {
  if (as === 'none') return {};
  if (typeof as === 'object') return { authorization: fill(as.header, stage.places) };
  return { authorization: stage.credentials[as].token };
}

type Plain = Parameters<typeof signed>[0];

function sign(stage: Stage, send: HttpRequest, plain: Plain, service: 'ecr' | 'iam' | 'sts'): Plain {
  const { as = 'administrator' } = send;
  if (as === 'none') return plain;
  if (typeof as === 'object') return { ...plain, headers: { ...plain.headers, authorization: as.header } };
  const change: SignatureChange = send.signature ?? {};
  return signed(plain, stage.credentials[as].options.credentials, service, Date.now(), change);
}
