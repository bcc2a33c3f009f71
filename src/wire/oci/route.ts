// Finds the operation in an OCI path. Repository names hold slashes, so a path is read from its right end.

import { DomainError } from '#core/errors.ts';

export type OciOperationName =
  | 'CheckVersion'
  | 'ListCatalog'
  | 'GetManifest'
  | 'HeadManifest'
  | 'PutManifest'
  | 'DeleteManifest'
  | 'ListTags'
  | 'ListReferrers'
  | 'GetBlob'
  | 'HeadBlob'
  | 'DeleteBlob'
  | 'StartUpload'
  | 'GetUpload'
  | 'AppendUpload'
  | 'CompleteUpload'
  | 'CancelUpload'
  | 'DownloadLayer';

export interface OciRoute {
  readonly operation: OciOperationName;
  /** As it stands in the path; not yet checked against the grammar. Empty where the operation has none. */
  readonly repositoryName: string;
  /** Tag, digest, upload id or download token; empty where the operation has none. */
  readonly reference: string;
}

type Methods = Readonly<Partial<Record<string, OciOperationName>>>;

const ping: Methods = { GET: 'CheckVersion', HEAD: 'CheckVersion' };
const catalog: Methods = { GET: 'ListCatalog' };
const manifests: Methods = {
  GET: 'GetManifest',
  HEAD: 'HeadManifest',
  PUT: 'PutManifest',
  DELETE: 'DeleteManifest',
};
const tags: Methods = { GET: 'ListTags' };
const referrers: Methods = { GET: 'ListReferrers' };
const blobs: Methods = { GET: 'GetBlob', HEAD: 'HeadBlob', DELETE: 'DeleteBlob' };
const uploadsRoot: Methods = { POST: 'StartUpload' };
const uploads: Methods = {
  GET: 'GetUpload',
  PATCH: 'AppendUpload',
  PUT: 'CompleteUpload',
  DELETE: 'CancelUpload',
};
const downloads: Methods = { GET: 'DownloadLayer', HEAD: 'DownloadLayer' };

/** True for paths of this door: `/v2`, `/v2/…` and the signed download URLs under `/layers/`. */
export function isOciPath(path: string): boolean {
  return path.startsWith('/v2/') || path === '/v2' || path.startsWith('/layers/');
}

/**
 * The operation a method and path ask for. `path` is still percent-encoded; clients may encode `:` in digests.
 * Throws `not-found` for a path that is none of the specification's, `method-not-allowed` for a wrong method.
 */
export function routeOci(method: string, path: string): OciRoute {
  const decoded = path.includes('%') ? decodePath(path) : path;
  if (decoded === '/v2/' || decoded === '/v2') return route(method, ping, '', '');
  if (decoded === '/v2/_catalog') return route(method, catalog, '', '');
  if (decoded.startsWith('/layers/')) return route(method, downloads, '', decoded.slice('/layers/'.length));
  if (!decoded.startsWith('/v2/')) throw noSuchPath();
  return routeRepository(method, decoded);
}

function routeRepository(method: string, path: string): OciRoute {
  const lastSlash = path.lastIndexOf('/');
  const reference = path.slice(lastSlash + 1);
  const before = path.slice(0, lastSlash);
  // `/v2/tags/list` has no name at all: one slash is both the prefix's and the suffix's.
  const name = (suffix: string) => before.slice('/v2/'.length, Math.max('/v2/'.length, before.length - suffix.length));
  if (before.endsWith('/manifests')) return route(method, manifests, name('/manifests'), reference);
  if (before.endsWith('/blobs/uploads')) {
    return route(method, reference === '' ? uploadsRoot : uploads, name('/blobs/uploads'), reference);
  }
  if (before.endsWith('/blobs')) {
    const isRoot = reference === 'uploads';
    return route(method, isRoot ? uploadsRoot : blobs, name('/blobs'), isRoot ? '' : reference);
  }
  if (before.endsWith('/referrers')) return route(method, referrers, name('/referrers'), reference);
  if (before.endsWith('/tags') && reference === 'list') return route(method, tags, name('/tags'), '');
  throw noSuchPath();
}

function route(method: string, methods: Methods, repositoryName: string, reference: string): OciRoute {
  const operation = methods[method];
  if (operation === undefined) {
    const allowed = Object.keys(methods).join(', ');
    throw new DomainError('method-not-allowed', `This path takes ${allowed} and not ${method.slice(0, 16)}.`, {});
  }
  return { operation, repositoryName, reference };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new DomainError('malformed-request', 'The path is not valid percent-encoded UTF-8.', {}, { cause });
  }
}

function noSuchPath(): DomainError {
  return new DomainError('not-found', 'There is nothing at this path.', {});
}
