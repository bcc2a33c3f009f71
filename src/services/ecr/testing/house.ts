// For tests: the ECR door over a registry in memory, called as the corridor calls it: check, needs, handle.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type * as Sdk from '@aws-sdk/client-ecr';
import { parseAccountId, parseRegion, type RegistryRef } from '#core/account.ts';
import type { Caller, DownloadGrant } from '#core/caller.ts';
import { type Clock, manualClock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Need } from '#core/need.ts';
import { type AnyOperation, later } from '#core/operation.ts';
import type { Service } from '#core/service.ts';
import { pageTokens } from '#wire/paging.ts';
import type { InputOf, OperationNames, OutputOf } from '#wire/sdk.ts';
import type { EcrRooms } from '../rooms.ts';
import { ecrService } from '../service.ts';
import { openTestRegistry } from './open-test-registry.ts';

type Names = OperationNames<typeof Sdk>;

export interface ExpectedRefusal {
  /** The exception's name as the door spells it. */
  readonly code: string;
  readonly message?: string;
  readonly details?: object;
}

export interface Ecr {
  /** The door as the gateway holds it. */
  readonly service: Service;
  readonly clock: Clock;
  /** The users there are: unique id → ARN. */
  readonly users: Map<string, string>;
  /** The grants of the download tokens issued so far. */
  readonly grants: readonly DownloadGrant[];
  call<Name extends Names>(name: Name, input: InputOf<typeof Sdk, Name>): Promise<OutputOf<typeof Sdk, Name>>;
  /** `call` without its types: the operation as the corridor runs it. */
  run(name: string, input: unknown): Promise<unknown>;
  refuses(name: string, input: unknown, expected: ExpectedRefusal): Promise<DomainError>;
  needs<Name extends Names>(name: Name, input: InputOf<typeof Sdk, Name>): readonly Need[];
  audited(name: string, input: unknown, output?: unknown): { readonly request: unknown; readonly response: unknown };
  /** Uploads a layer and answers its digest. */
  pushLayer(repositoryName: string, bytes: Uint8Array): Promise<string>;
  /** Puts an image of one layer; `indent` makes another manifest of the same content. */
  pushImage(repositoryName: string, tag: string | undefined, indent?: string): Promise<PushedImage>;
  pushReferrer(repositoryName: string, subject: string, artifactType: string): Promise<string>;
}

export interface PushedImage {
  readonly manifest: string;
  readonly layerDigest: string;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
const accountId = parseAccountId('123456789012');
const region = parseRegion('us-east-1');
assert.ok(accountId !== undefined && region !== undefined);
const registryRef: RegistryRef = { accountId, region };
const digestOf = (bytes: Uint8Array | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const hostOf = (registry: RegistryRef) => `${registry.accountId}.dkr.ecr.${registry.region}.example`;

const issuedAt = (nowMs: number, lifeMs: number) => {
  return { token: 'dG9rZW4', tokenId: 'rt-0', issuedAtMs: nowMs, expiresAtMs: nowMs + lifeMs };
};

export async function openEcr(): Promise<Ecr> {
  const clock = manualClock(1_700_000_000_000);
  const grants: DownloadGrant[] = [];
  const users = new Map<string, string>();
  const rooms: EcrRooms = {
    registry: await openTestRegistry(clock),
    tokens: {
      registryToken: (_caller, lifeMs) => issuedAt(clock.nowMs(), lifeMs),
      downloadToken(_caller, grant, lifeMs) {
        grants.push(grant);
        return { token: 'bGF5ZXI', expiresAtMs: clock.nowMs() + lifeMs };
      },
    },
    addresses: {
      repositoryUri: (registry, name) => `${hostOf(registry)}/${name}`,
      proxyEndpoint: (registry) => `https://${hostOf(registry)}`,
      downloadUrl: (registry, token) => `https://${hostOf(registry)}/layers/${token}`,
    },
    pageTokens: pageTokens(Buffer.alloc(32, 7)),
    principals: {
      idOf: (name) => [...users].find(([id, arn]) => id === name || arn === name)?.[0],
      arnOf: (id) => users.get(id),
    },
    registryTokenLifeMs: () => limits.registryTokenLifeMs,
    clock,
  };
  const service = ecrService(rooms);
  const operationOf = (name: string): AnyOperation<EcrRooms> => {
    const operation = service.operations[name];
    assert.ok(operation !== undefined && operation !== later, name);
    return operation;
  };
  const run = async (name: string, input: unknown): Promise<unknown> => {
    const operation = operationOf(name);
    service.check?.(name, input);
    operation.needs(input, caller);
    return operation.handle(input, caller, rooms, () => true);
  };
  const refuses: Ecr['refuses'] = async (name, input, expected) => {
    const error: unknown = await run(name, input).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof DomainError, `${name}: ${String(error)}`);
    assert.equal(service.errors[error.kind]?.code, expected.code, error.message);
    if (expected.message !== undefined) assert.equal(error.message, expected.message);
    if (expected.details !== undefined) assert.deepEqual(error.details, expected.details);
    return error;
  };
  const call: Ecr['call'] = async (name, input) => (await run(name, input)) as never;
  return {
    service: service as Service,
    clock,
    grants,
    users,
    run,
    call,
    refuses,
    needs: (name, input) => operationOf(name).needs(input, caller),
    audited(name, input, output = {}) {
      const view = operationOf(name).audit;
      return {
        request: view?.request === undefined ? input : view.request(input),
        response: view?.response === undefined ? output : view.response(output),
      };
    },
    ...pushers(call),
  };
}

/** An administrator of the registry. */
const caller: Caller = {
  principal: {
    kind: 'user',
    accountId,
    arn: `arn:aws:iam::${accountId}:user/admin`,
    principalId: 'AIDAADMIN',
    userName: 'admin',
  },
  accountId,
  region,
  accessKeyId: 'AKIAADMIN',
  credential: 'sigv4',
  call: {
    requestId: '11111111-2222-4333-8444-555555555555',
    receivedAtMs: 1_700_000_000_000,
    sourceAddress: '127.0.0.1',
    secureTransport: false,
    userAgent: 'test',
    host: 'localhost',
    registry: registryRef,
    neutralHost: true,
  },
};

function pushers(call: Ecr['call']): Pick<Ecr, 'pushLayer' | 'pushImage' | 'pushReferrer'> {
  const pushLayer: Ecr['pushLayer'] = async (repositoryName, bytes) => {
    const layerDigest = digestOf(bytes);
    const { layers } = await call('BatchCheckLayerAvailability', { repositoryName, layerDigests: [layerDigest] });
    if (layers?.[0]?.layerAvailability === 'AVAILABLE') return layerDigest;
    const { uploadId = '' } = await call('InitiateLayerUpload', { repositoryName });
    const range = { partFirstByte: 0, partLastByte: bytes.length - 1 };
    await call('UploadLayerPart', { repositoryName, uploadId, ...range, layerPartBlob: bytes });
    await call('CompleteLayerUpload', { repositoryName, uploadId, layerDigests: [layerDigest] });
    return layerDigest;
  };
  const put = async (repositoryName: string, manifest: object, tag: string | undefined, indent?: string) => {
    const imageManifest = JSON.stringify(manifest, null, indent);
    await call('PutImage', { repositoryName, imageManifest, ...(tag === undefined ? {} : { imageTag: tag }) });
    return imageManifest;
  };
  const manifestOf = async (repositoryName: string, content: string) => {
    const config = Buffer.from('{}');
    const layer = Buffer.from(content);
    const configDigest = await pushLayer(repositoryName, config);
    const layerDigest = await pushLayer(repositoryName, layer);
    const configType = 'application/vnd.oci.image.config.v1+json';
    const layerType = 'application/vnd.oci.image.layer.v1.tar';
    return {
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: configType, digest: configDigest, size: config.length },
      layers: [{ mediaType: layerType, digest: layerDigest, size: layer.length }],
    };
  };
  return {
    pushLayer,
    async pushImage(repositoryName, tag, indent) {
      const manifest = await manifestOf(repositoryName, 'layer');
      const layerDigest = manifest.layers[0]?.digest ?? '';
      return { manifest: await put(repositoryName, manifest, tag, indent), layerDigest };
    },
    async pushReferrer(repositoryName, subject, artifactType) {
      const manifest = await manifestOf(repositoryName, 'signature');
      const descriptor = { mediaType: manifestType, digest: subject, size: 1 };
      // Annotations make each referrer another manifest.
      const annotations = { note: `${referrers++}` };
      return put(repositoryName, { ...manifest, artifactType, subject: descriptor, annotations }, undefined);
    },
  };
}

let referrers = 0;
