// Finds the door of a request: by path for OCI, by X-Amz-Target for JSON services, by what was signed for Query ones.

import { limits } from '#core/limits.ts';
import { headerOf, type Request } from '#core/message.ts';
import type { MaybePromise } from '#core/operation.ts';
import { isOciPath } from '#wire/oci/route.ts';
import type { Door } from './door.ts';

export interface Doors {
  /** Undefined for a request that is at no door. */
  find(request: Request): MaybePromise<Door | undefined>;
}

/** Looks at path and headers; only an unsigned Query call says nowhere but in its body which service it means. */
export function openDoors(doors: readonly Door[]): Doors {
  const oci = doors.find(({ service }) => service.protocol === 'oci');
  const byTarget = new Map(doors.flatMap((door) => (door.service.target ? [[door.service.target, door]] : [])));
  const queries = doors.filter(({ service }) => service.protocol === 'aws-query');
  return {
    find(request) {
      if (oci !== undefined && isOciPath(request.path)) return oci;
      return request.path === '/' ? findAws(request, byTarget, queries) : undefined;
    },
  };
}

function findAws(request: Request, byTarget: ReadonlyMap<string, Door>, queries: readonly Door[]) {
  const target = headerOf(request.headers, 'x-amz-target');
  // An unknown target is still a JSON call: any JSON door can say that it does not know the operation.
  if (target !== undefined) return byTarget.get(targetPrefix(target)) ?? byTarget.values().next().value;
  const signed = signedService(request);
  if (signed === undefined) return findUnsigned(request, queries);
  return queries.find(({ service }) => service.signingName === signed) ?? queries[0];
}

/** By the API version in query or body: each Query service has its own. A body that cannot be read is refused later. */
async function findUnsigned(request: Request, queries: readonly Door[]): Promise<Door | undefined> {
  const body = await request.body.bytes(limits.queryBodyBytesMax).catch(() => Buffer.alloc(0));
  const version =
    new URLSearchParams(request.query).get('Version') ?? new URLSearchParams(body.toString('latin1')).get('Version');
  return queries.find(({ service }) => service.version === version) ?? queries[0];
}

/** `AmazonEC2ContainerRegistry_V20150921.PutImage` without the operation. */
function targetPrefix(target: string): string {
  return target.slice(0, Math.max(0, target.lastIndexOf('.')));
}

/** The service of the credential scope `<key>/<date>/<region>/<service>/aws4_request`, header or presigned. */
function signedService(request: Request): string | undefined {
  const header = headerOf(request.headers, 'authorization');
  const source = header ?? request.query;
  const scope = /Credential=([^,&\s]{1,256})/.exec(source.slice(0, 4096))?.[1];
  return scope?.replaceAll(/%2f/gi, '/').split('/')[3];
}
