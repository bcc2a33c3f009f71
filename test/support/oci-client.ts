// A small OCI client over node:http for tests, faults and the bench: it says what happened and never retries.

import { createHash } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface OciAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface OciClient {
  send(method: string, path: string, body?: Buffer, headers?: Record<string, string>): Promise<OciAnswer>;
  /** POST, PATCH, PUT as docker does it; the digest. Throws on any unexpected status. */
  pushBlob(repository: string, bytes: Buffer): Promise<string>;
  /** Pushes an image of the given layers under a tag; its digest and the manifest's bytes. */
  pushImage(repository: string, tag: string, layers: readonly Buffer[]): Promise<PushedImage>;
  close(): void;
}

export interface PushedImage {
  readonly digest: string;
  readonly manifest: Buffer;
  readonly layers: readonly Buffer[];
}

export const imageManifestType = 'application/vnd.oci.image.manifest.v1+json';

/**
 * A client of `host` (`127.0.0.1:5000`) that sends `authorization` with every request, when given, from another address
 * of loopback if one is named.
 */
export function ociClient(host: string, authorization?: string, localAddress?: string): OciClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const [hostname, port] = host.split(':');
  const send: OciClient['send'] = (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const credential = authorization === undefined ? {} : { authorization };
      const length = body === undefined ? {} : { 'content-length': String(body.length) };
      const all = { ...credential, ...length, ...headers };
      const sent = request({ agent, hostname, port, method, path, headers: all, localAddress }, (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (bytes: Buffer) => pieces.push(bytes));
        answer.on('error', reject);
        answer.on('end', () => {
          const { statusCode = 0 } = answer;
          resolve({ status: statusCode, headers: answer.headers, body: Buffer.concat(pieces) });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  const expect = async (status: number, answering: Promise<OciAnswer>) => {
    const answer = await answering;
    if (answer.status === status) return answer;
    throw new Error(`expected ${status}, got ${answer.status}: ${answer.body.toString().slice(0, 500)}`);
  };
  const pushBlob = async (repository: string, bytes: Buffer) => {
    const digest = digestOf(bytes);
    const started = await expect(202, send('POST', `/v2/${repository}/blobs/uploads/`, Buffer.alloc(0)));
    const received = await expect(202, send('PATCH', pathOf(started.headers.location), bytes));
    const location = pathOf(received.headers.location);
    const separator = location.includes('?') ? '&' : '?';
    await expect(201, send('PUT', `${location}${separator}digest=${digest}`, Buffer.alloc(0)));
    return digest;
  };
  return {
    send,
    pushBlob,
    async pushImage(repository, tag, layers) {
      const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', tag }));
      const descriptors: object[] = [];
      for (const layer of layers) {
        const digest = await pushBlob(repository, layer);
        descriptors.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: layer.length });
      }
      const configDigest = await pushBlob(repository, config);
      const configType = 'application/vnd.oci.image.config.v1+json';
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: imageManifestType,
          config: { mediaType: configType, digest: configDigest, size: config.length },
          layers: descriptors,
        }),
      );
      const type = { 'content-type': imageManifestType };
      await expect(201, send('PUT', `/v2/${repository}/manifests/${tag}`, manifest, type));
      return { digest: digestOf(manifest), manifest, layers: [config, ...layers] };
    },
    close: () => agent.destroy(),
  };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The path of a Location, which may be absolute or relative. */
function pathOf(location: string | undefined): string {
  const url = new URL(location ?? '', 'http://relative');
  return url.pathname + url.search;
}
