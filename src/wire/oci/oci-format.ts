// The OCI distribution protocol as a wire format: the path is the operation, bodies are streams, errors a JSON list.

import type { RegistryRef } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import type { Reply, Request, RequestBody, RequestHeaders } from '#core/message.ts';
import { isRepositoryName } from '#core/names.ts';
import type { Reader, Refusal, WireFormat } from '../wire-format.ts';
import type { OciMode } from './errors.ts';
import { type OciRoute, routeOci } from './route.ts';

/** What every operation of this door is given. */
export interface OciInput {
  /** The registry that the host means, or that a download token was made for. */
  readonly registry: RegistryRef;
  /** Checked against the grammar; empty where the operation has none. */
  readonly repositoryName: string;
  /** Tag, digest or upload id as it stands in the path; not yet checked. */
  readonly reference: string;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
}

export interface OciFormatOptions {
  readonly mode: OciMode;
  /** The realm of the challenge: the site's public address with a trailing slash. */
  readonly realm: string;
}

const emptyQuery = new URLSearchParams();
/** Operations whose path names no repository. */
const nameless: ReadonlySet<string> = new Set<OciRoute['operation']>(['CheckVersion', 'ListCatalog']);

/** The wire format of the `oci` service. */
export function ociFormat(options: OciFormatOptions): WireFormat {
  // A request is routed when it is named and again when it is read, mostly at once: keep the last route.
  let last: { readonly request: Request; readonly route: OciRoute } | undefined;
  const routeOf = (request: Request) => {
    if (last?.request === request) return last.route;
    const route = routeOci(request.method, request.path);
    last = { request, route };
    return route;
  };
  return {
    operationOf: (_service, request) => routeOf(request).operation,
    read: (_service, _operation, request, caller) => readInput(routeOf(request), request, caller),
    write: (_service, _operation, output) => withApiVersion(output as Reply),
    refuse: (_service, refusal, requestId) => refuse(options, refusal, requestId),
  };
}

function readInput(route: OciRoute, request: Request, caller: Reader): OciInput {
  const { grant } = caller;
  if (grant !== undefined) return granted(request, grant.registry, grant.repositoryName, grant.digest);
  if (!nameless.has(route.operation)) requireName(route.repositoryName);
  return {
    registry: caller.call.registry,
    repositoryName: route.repositoryName,
    reference: route.reference,
    method: request.method,
    query: request.query === '' ? emptyQuery : new URLSearchParams(request.query),
    headers: request.headers,
    body: request.body,
  };
}

function granted(request: Request, registry: RegistryRef, repositoryName: string, digest: string): OciInput {
  const { method, headers, body } = request;
  return { registry, repositoryName, reference: digest, method, query: emptyQuery, headers, body };
}

function requireName(name: string): void {
  if (isRepositoryName(name)) return;
  throw new DomainError('repository-name-invalid', 'The repository name does not follow the grammar of names.', {});
}

function withApiVersion(reply: Reply): Reply {
  reply.headers['docker-distribution-api-version'] = 'registry/2.0';
  return reply;
}

/** With the request's id, by which operators find the fault in their log, as at the other doors. */
function refuse(options: OciFormatOptions, refusal: Refusal, requestId: string): Reply {
  const headers: Reply['headers'] = {
    'content-type': 'application/json; charset=utf-8',
    'x-amzn-requestid': requestId,
  };
  const { status, code, message, members = {}, retryAfterMs } = refusal;
  if (retryAfterMs !== undefined) headers['retry-after'] = Math.ceil(retryAfterMs / 1000);
  if (status === 401) {
    headers['www-authenticate'] = `Basic realm="${options.realm}",service="ecr.amazonaws.com"`;
    if (options.mode === 'ecr') return plainChallenge(headers);
  }
  addRanges(headers, members);
  const detail = detailOf(refusal, requestId);
  const error = detail === undefined ? { code, message } : { code, message, detail };
  return withApiVersion({ status, headers, body: JSON.stringify({ errors: [error] }) });
}

/** What is missing; of a denial its id, by which it can be explained to those who may know. */
function detailOf({ status, members = {} }: Refusal, requestId: string): object | undefined {
  const { digests } = members;
  if (Array.isArray(digests)) return { digests };
  return status === 403 ? { requestId } : undefined;
}

/** ECR answers an unauthenticated request in plain text (ecr-dataplane.md §2). */
function plainChallenge(headers: Reply['headers']): Reply {
  headers['content-type'] = 'text/plain; charset=utf-8';
  return withApiVersion({ status: 401, headers, body: 'Not Authorized\n' });
}

/** A chunk out of order is told where to go on; an unsatisfiable range is told the size. */
function addRanges(headers: Reply['headers'], members: Readonly<Record<string, unknown>>): void {
  const { uploadId, repositoryName, lastValidByteReceived, sizeBytes } = members;
  if (typeof lastValidByteReceived === 'number') {
    headers.location = `/v2/${String(repositoryName)}/blobs/uploads/${String(uploadId)}`;
    headers.range = `0-${Math.max(0, lastValidByteReceived)}`;
  }
  if (typeof sizeBytes === 'number') headers['content-range'] = `bytes */${sizeBytes}`;
}
