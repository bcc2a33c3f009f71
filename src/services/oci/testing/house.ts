// For tests: the OCI door over a registry in memory, called as the corridor calls it: route, read, needs, handle.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Caller } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { Reply, Request } from '#core/message.ts';
import type { Need } from '#core/need.ts';
import { later } from '#core/operation.ts';
import { systemRandom } from '#core/random.ts';
import { openRegistry, registryMigrations } from '#registry/open-registry.ts';
import type { Registry } from '#registry/registry.ts';
import { home } from '#registry/testing/test-images.ts';
import { testKeyRing } from '#registry/testing/test-key-ring.ts';
import { testRepositoryKeys } from '#registry/testing/test-repository-keys.ts';
import { memoryBlobStore } from '#stores/blobs/memory/memory-store.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import type { OciMode } from '#wire/oci/errors.ts';
import { ociFormat } from '#wire/oci/oci-format.ts';
import { pageTokens } from '#wire/paging.ts';
import { ociService } from '../service.ts';

export const imageType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
const hourMs = 3_600_000;

export interface Answer {
  readonly status: number;
  readonly headers: Reply['headers'];
  readonly body: Buffer;
  /** Of a refusal; undefined otherwise. */
  readonly error: { readonly code: string; readonly message: string; readonly detail?: object } | undefined;
  /** What the corridor would have asked for, and what the audit record would say was asked. */
  readonly needs: readonly Need[];
  readonly audited: unknown;
  readonly eventName: string;
}

export interface Sent {
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers `may`; everything is allowed when left out. */
  readonly may?: (need: Need) => boolean;
}

export interface Oci {
  readonly registry: Registry;
  send(method: string, path: string, sent?: Sent): Promise<Answer>;
  /** Uploads a blob in one request; its digest. */
  pushBlob(repository: string, bytes: string | Uint8Array, algorithm?: 'sha256' | 'sha512'): Promise<string>;
  putManifest(repository: string, reference: string, manifest: string, mediaType?: string): Promise<Answer>;
  /** The text of a manifest over one configuration and one layer, both uploaded. */
  manifest(repository: string, more?: object): Promise<string>;
}

export async function openOci(mode: OciMode = 'strict', repositories: readonly string[] = ['app']): Promise<Oci> {
  const clock = manualClock(1_800_000_000_000);
  const database = await openSqlite({ file: ':memory:', migrations: registryMigrations });
  const settings = { uploadIdleMs: 24 * hourMs, collectionGraceMs: hourMs, collectionIntervalMs: hourMs };
  const stores = {
    database,
    blobs: memoryBlobStore(clock),
    keyRing: testKeyRing(),
    repositoryKeys: testRepositoryKeys(),
  };
  const { registry } = openRegistry({ ...stores, clock, random: systemRandom, settings });
  for (const name of repositories) await registry.repositories.create(home, { name });
  const send = sender(registry, mode);
  const pushBlob: Oci['pushBlob'] = async (repository, bytes, algorithm = 'sha256') => {
    const digest = digestOf(bytes, algorithm);
    const answer = await send('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
    assert.equal(answer.status, 201, answer.error?.message ?? digest);
    return digest;
  };
  return {
    registry,
    send,
    pushBlob,
    putManifest: (repository, reference, manifest, mediaType = imageType) =>
      send('PUT', `/v2/${repository}/manifests/${reference}`, {
        body: manifest,
        headers: { 'content-type': mediaType },
      }),
    async manifest(repository, more = {}) {
      const config = await pushBlob(repository, '{}');
      const layer = await pushBlob(repository, 'layer');
      return JSON.stringify({
        schemaVersion: 2,
        mediaType: imageType,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 2 },
        layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: 5 }],
        ...more,
      });
    },
  };
}

export function digestOf(bytes: string | Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

function sender(registry: Registry, mode: OciMode): Oci['send'] {
  const service = ociService({ registry, mode, pageTokens: pageTokens(Buffer.alloc(32, 7)) });
  const format = ociFormat({ mode, realm: 'http://localhost/' });
  return async (method, target, { body, headers = {}, may = () => true } = {}) => {
    const request = requestOf(method, target, body, headers);
    const seen: { needs: readonly Need[]; audited: unknown; eventName: string } = {
      needs: [],
      audited: null,
      eventName: '',
    };
    const answer = (reply: Reply, error?: Answer['error']) => collect(reply, error, seen);
    try {
      const name = await format.operationOf(service as never, request);
      const operation = service.operations[name];
      assert.ok(operation !== undefined && operation !== later, name);
      const input: unknown = await format.read(service as never, name, request, caller);
      seen.needs = operation.needs(input, caller);
      seen.audited = operation.audit?.request?.(input);
      seen.eventName = operation.audit?.eventName ?? name;
      const output: unknown = await operation.handle(input, caller, service.rooms, may);
      return await answer(format.write(service as never, name, output, 'request-id'));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const spelling = service.errors[error.kind];
      assert.ok(spelling !== undefined, error.kind);
      const refusal = { ...spelling, message: error.message, members: error.details };
      const reply = format.refuse(service as never, refusal as never, 'request-id');
      const { errors } = JSON.parse(reply.body as string) as { errors: ReadonlyArray<NonNullable<Answer['error']>> };
      return await answer(reply, errors[0]);
    }
  };
}

async function collect(reply: Reply, error: Answer['error'], seen: Pick<Answer, 'needs' | 'audited' | 'eventName'>) {
  const { status, headers, body = '' } = reply;
  const bytes =
    typeof body === 'string' || body instanceof Uint8Array
      ? Buffer.from(body as string)
      : Buffer.concat(await Array.fromAsync(body));
  return { status, headers, body: bytes, error, ...seen };
}

function requestOf(method: string, target: string, body: Sent['body'], headers: Readonly<Record<string, string>>) {
  const [path = '', query = ''] = target.split('?');
  const isStream = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
  const bytes = isStream ? Buffer.alloc(0) : Buffer.from((body ?? '') as string);
  const request: Request = {
    method,
    path,
    query,
    headers,
    body: {
      declaredBytes: isStream ? undefined : bytes.length,
      async bytes(bytesMax) {
        if (bytes.length > bytesMax) throw new DomainError('request-too-large', 'too large', {});
        return bytes;
      },
      stream: () => (isStream ? body : streamOf(bytes)),
    },
  };
  return request;
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}

const caller: Caller = {
  principal: {
    kind: 'user',
    accountId: home.accountId,
    arn: `arn:aws:iam::${home.accountId}:user/admin`,
    principalId: 'AIDAADMIN',
    userName: 'admin',
  },
  accountId: home.accountId,
  region: home.region,
  accessKeyId: 'AKIAADMIN',
  credential: 'registry-token',
  call: {
    requestId: '11111111-2222-4333-8444-555555555555',
    receivedAtMs: 1_800_000_000_000,
    sourceAddress: '127.0.0.1',
    secureTransport: false,
    userAgent: 'test',
    host: 'localhost',
    registry: home,
    neutralHost: true,
  },
};
