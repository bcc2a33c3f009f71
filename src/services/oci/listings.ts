// Listings: the version check, the catalog, a repository's tags, and the referrers of a manifest.

import { invalidParameter } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Reply } from '#core/message.ts';
import { need } from '#core/need.ts';
import type { May } from '#core/operation.ts';
import type { Page, Referrer } from '#registry/registry.ts';
import type { OciInput } from '#wire/oci/oci-format.ts';
import { audited, needsOn, type OciOperation, type OciRooms, repositoryOf, requireDigest } from './rooms.ts';

const json = 'application/json; charset=utf-8';

/** GET /v2/: a valid credential is all it asks for, so there is no need to evaluate (ecr-dataplane.md §4). */
export const checkVersion: OciOperation = {
  kind: 'read',
  needs: () => [],
  audit: { eventName: 'CheckVersion', request: () => null },
  handle: () => ({ status: 200, headers: { 'content-type': json }, body: '{}' }),
};

/** GET /v2/_catalog: needs nothing by itself, because it names only repositories that the caller may describe. */
export const listCatalog: OciOperation = {
  kind: 'read',
  needs: () => [],
  audit: { eventName: 'DescribeRepositories', request: (input) => ({ registryId: input.registry.accountId }) },
  async handle(input, _caller, rooms, may) {
    const limit = readPageSize(input, rooms);
    const scope = `catalog/${input.registry.accountId}/${input.registry.region}`;
    const after = readCatalogLast(input, rooms, scope);
    if (limit === 0) return listing(rooms, { next: undefined, limit, path: catalogPath }, { repositories: [] });
    const { repositories, last } = await scanCatalog(input, rooms, may, { limit, after });
    // A name that was shown may stand in the link; one that the caller may not see is sealed.
    const isShown = last !== undefined && last === repositories.at(-1) && rooms.mode === 'strict';
    const sealed = last === undefined || isShown ? last : sealedMark(rooms) + rooms.pageTokens.encode(scope, last);
    return listing(rooms, { next: sealed, limit, path: catalogPath }, { repositories });
  },
};

const catalogPath = '/v2/_catalog';

interface Scanned {
  readonly repositories: readonly string[];
  /** The name that was looked at last; undefined when there are no more. */
  readonly last: string | undefined;
}

/** Looks at a bounded number of repositories, however few of them the caller may see. */
async function scanCatalog(
  input: OciInput,
  rooms: OciRooms,
  may: May,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<Scanned> {
  const repositories: string[] = [];
  let last = after;
  for (let looked = 0; looked < limits.catalogScanMax; ) {
    const size = Math.min(limits.pageSizeMax, limits.catalogScanMax - looked);
    const page = await rooms.registry.repositories.list(input.registry, pageOf(size, last));
    for (const [index, { name, arn }] of page.items.entries()) {
      last = name;
      if (!(await may(need('ecr:DescribeRepositories', arn)))) continue;
      repositories.push(name);
      const isMore = index + 1 < page.items.length || page.next !== undefined;
      if (repositories.length === limit) return { repositories, last: isMore ? last : undefined };
    }
    if (page.next === undefined) return { repositories, last: undefined };
    looked += page.items.length;
  }
  return { repositories, last };
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags */
export const listTags: OciOperation = {
  kind: 'read',
  needs: needsOn('ecr:ListImages'),
  audit: audited('ListImages'),
  async handle(input, _caller, rooms) {
    const repository = await repositoryOf(input, rooms);
    const limit = readPageSize(input, rooms);
    const scope = `tags/${repository.arn}`;
    const after = readLast(input, rooms, scope);
    const page: Page<string> =
      limit === 0 ? { items: [] } : await rooms.registry.images.tagNames(repository, pageOf(limit, after));
    const path = `/v2/${repository.name}/tags/list`;
    const { next: last } = page;
    const next = last === undefined || rooms.mode === 'strict' ? last : rooms.pageTokens.encode(scope, last);
    return listing(rooms, { next, limit, path }, { name: repository.name, tags: page.items });
  },
};

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers */
export const listReferrers: OciOperation = {
  kind: 'read',
  needs: needsOn('ecr:BatchGetImage'),
  audit: audited('BatchGetImage', 'subjectId'),
  async handle(input, _caller, rooms) {
    const subject = requireDigest(input.reference, rooms.mode);
    const repository = await repositoryOf(input, rooms);
    const artifactType = input.query.get('artifactType') ?? '';
    const filter = artifactType === '' ? {} : { artifactTypes: [artifactType] };
    const scope = `referrers/${repository.arn}/${subject}/${artifactType}`;
    const token = input.query.get('last');
    const after = token === null ? undefined : rooms.pageTokens.decode(scope, token);
    const request = pageOf(limits.ociReferrersPageSize, after);
    const page = await rooms.registry.images.referrers(repository, subject, filter, request);
    const headers: Reply['headers'] = { 'content-type': 'application/vnd.oci.image.index.v1+json' };
    if (artifactType !== '') headers['oci-filters-applied'] = 'artifactType';
    if (page.next !== undefined) {
      const query = new URLSearchParams(artifactType === '' ? {} : { artifactType });
      query.set('last', rooms.pageTokens.encode(scope, page.next));
      headers.link = `</v2/${repository.name}/referrers/${subject}?${query}>; rel="next"`;
    }
    const manifests = page.items.map(descriptorOf);
    const index = { schemaVersion: 2, mediaType: headers['content-type'], manifests };
    return { status: 200, headers, body: JSON.stringify(index) };
  },
};

function descriptorOf({ mediaType, digest, sizeBytes, artifactType, annotations }: Referrer) {
  return { mediaType, digest, size: sizeBytes, artifactType, annotations };
}

/** `?n=`: the specification lets a registry answer fewer; ECR refuses more than 1000. */
function readPageSize(input: OciInput, rooms: OciRooms): number {
  const text = input.query.get('n');
  const isEcr = rooms.mode === 'ecr';
  if (text === null) return isEcr ? limits.pageSizeDefault : limits.pageSizeMax;
  if (!/^\d{1,9}$/.test(text)) throw invalidParameter('maxResults', 'Member must be a non-negative integer');
  if (isEcr && Number(text) < 1)
    throw invalidParameter('maxResults', 'Member must have value greater than or equal to 1');
  if (isEcr && Number(text) > limits.pageSizeMax) {
    throw invalidParameter('maxResults', `Member must have value less than or equal to ${limits.pageSizeMax}`);
  }
  return Math.min(Number(text), limits.pageSizeMax);
}

/** Before a sealed name where plain ones are taken too; no repository's name begins so. */
function sealedMark(rooms: OciRooms): string {
  return rooms.mode === 'ecr' ? '' : '~';
}

function readCatalogLast(input: OciInput, rooms: OciRooms, scope: string): string | undefined {
  const last = input.query.get('last') ?? '';
  return last.startsWith('~') ? rooms.pageTokens.decode(scope, last.slice(1)) : readLast(input, rooms, scope);
}

/** `?last=`: a name in the specification, an opaque token of ours in ECR's mode. */
function readLast(input: OciInput, rooms: OciRooms, scope: string): string | undefined {
  const last = input.query.get('last');
  if (last === null || last === '') return undefined;
  return rooms.mode === 'ecr' ? rooms.pageTokens.decode(scope, last) : last;
}

function pageOf(limit: number, after: string | undefined) {
  return after === undefined ? { limit } : { limit, after };
}

interface Listing {
  /** `last` of the following page; undefined on the last one. */
  readonly next: string | undefined;
  readonly limit: number;
  readonly path: string;
}

function listing(rooms: OciRooms, list: Listing, body: object): Reply {
  const { next: last, path, limit } = list;
  const headers: Reply['headers'] = { 'content-type': rooms.mode === 'ecr' ? 'text/plain; charset=utf-8' : json };
  if (last !== undefined) {
    headers.link = `<${path}?${new URLSearchParams({ last, n: String(limit) })}>; rel="next"`;
  }
  return { status: 200, headers, body: JSON.stringify(body) };
}
