// Requests as the bytes that go over the wire.

import type { Address, RequestText } from './jobs.ts';

export interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly expectedStatus?: number;
}

/** What clients accept: a registry does not serve an OCI manifest to who does not ask for one. */
const accept = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** The head without a Content-Length unless there is a body. */
export function headText(address: Address, { method, path, headers = {} }: RequestParts): string {
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${address.host}:${address.port}`, 'user-agent: sallyport-bench'];
  if (address.authorization !== undefined && headers['authorization'] === undefined) {
    lines.push(`authorization: ${address.authorization}`);
  }
  if (headers['accept'] === undefined) lines.push(`accept: ${accept}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

export function requestText(address: Address, parts: RequestParts): RequestText {
  const { method, body, expectedStatus = 200 } = parts;
  const isBodiless = method === 'GET' || method === 'HEAD';
  const length = isBodiless ? {} : { 'content-length': String(body?.length ?? 0) };
  const head = Buffer.from(headText(address, { ...parts, headers: { ...parts.headers, ...length } }), 'latin1');
  const bytes = body === undefined ? head : Buffer.concat([head, body]);
  return { bytes, isHead: method === 'HEAD', expectedStatus };
}
