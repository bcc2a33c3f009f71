// Listings of a repository: images in detail, (digest, tag) pairs, and tag names.

import { parseDigest } from '#core/digest.ts';
import { invalidNextToken } from '#core/errors.ts';
import { cutPage } from '#std/cut-page.ts';
import type {
  ImageDetail,
  ImageIdentity,
  ImageReference,
  Page,
  PageRequest,
  Repository,
  TagStatus,
} from '../../registry.ts';
import type { PullTimes } from '../reading/pull-times.ts';
import { findTag } from '../reading/tables.ts';
import { imageNotFound, tagDoesNotMatchDigest } from '../refusals.ts';
import type { ImageQueries } from '../tables.ts';
import {
  findSummary,
  type IdentityPosition,
  type ImageSummary,
  listAll,
  listSummaries,
  listTagged,
  listTags,
  listUntagged,
  tagsOf,
} from './tables.ts';

export interface ListingContext {
  readonly tables: ImageQueries;
  readonly pullTimes: PullTimes;
}

const start: IdentityPosition = { digest: '', tag: '' };

/** See `Images.describe`. */
export async function describeImage(
  context: ListingContext,
  repository: Repository,
  reference: ImageReference,
): Promise<ImageDetail> {
  const { tables } = context;
  const digest = reference.tag === undefined ? reference.digest : await findTag(tables, repository.id, reference.tag);
  if (digest === undefined) throw imageNotFound(repository, reference);
  if (reference.digest !== undefined && reference.digest !== digest) throw tagDoesNotMatchDigest();
  const summary = await findSummary(tables, repository.id, digest);
  if (summary === undefined) throw imageNotFound(repository, reference);
  const tags = await tagsOf(tables, repository.id, [digest]);
  return detailOf(context, repository, summary, tags.get(digest) ?? []);
}

/** See `Images.describeAll`. */
export async function describeImages(
  context: ListingContext,
  repository: Repository,
  status: TagStatus,
  page: PageRequest,
): Promise<Page<ImageDetail>> {
  const after = page.after === undefined ? '' : requireDigest(page.after);
  const rows = await listSummaries(context.tables, repository.id, status, after, page.limit + 1);
  const { items, ...rest } = cutPage(rows, page.limit, (row) => row.digest);
  const tags = await tagsOf(
    context.tables,
    repository.id,
    items.map((row) => row.digest),
  );
  return { items: items.map((row) => detailOf(context, repository, row, tags.get(row.digest) ?? [])), ...rest };
}

/** See `Images.identities`. */
export async function listIdentities(
  context: ListingContext,
  repository: Repository,
  status: TagStatus,
  page: PageRequest,
): Promise<Page<ImageIdentity>> {
  const { tables } = context;
  const after = page.after === undefined ? start : parsePosition(page.after);
  const limit = page.limit + 1;
  const list = { ANY: listAll, TAGGED: listTagged, UNTAGGED: listUntagged }[status];
  const rows = await list(tables, repository.id, after, limit);
  return cutPage(rows, page.limit, ({ digest, tag }) => (tag === undefined ? digest : `${digest} ${tag}`));
}

/** See `Images.tagNames`. */
export async function listTagNames(
  context: ListingContext,
  repository: Repository,
  page: PageRequest,
): Promise<Page<string>> {
  const rows = await listTags(context.tables, repository.id, page.after ?? '', page.limit + 1);
  return cutPage(rows, page.limit, (tag) => tag);
}

function detailOf(
  context: ListingContext,
  repository: Repository,
  row: ImageSummary,
  tags: readonly string[],
): ImageDetail {
  const noted = context.pullTimes.noted(repository.id, row.digest);
  return {
    digest: row.digest,
    mediaType: row.media_type,
    artifactType: row.artifact_type ?? undefined,
    tags,
    imageSizeBytes: row.image_size_bytes,
    pushedAtMs: row.pushed_at_ms,
    lastPulledAtMs: noted ?? row.last_pulled_at_ms ?? undefined,
    subject: row.subject ?? undefined,
  };
}

function parsePosition(token: string): IdentityPosition {
  const space = token.indexOf(' ');
  if (space < 0) return { digest: requireDigest(token), tag: '' };
  return { digest: requireDigest(token.slice(0, space)), tag: token.slice(space + 1) };
}

function requireDigest(token: string): string {
  const digest = parseDigest(token);
  if (digest === undefined) throw invalidNextToken();
  return digest;
}
