// Referrers of a subject. Their annotations are in no column: they are read from the opened manifests.

import { LRUCache } from 'lru-cache';
import { type Digest, parseDigest } from '#core/digest.ts';
import { invalidNextToken, isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Page, PageRequest, Referrer, ReferrersFilter, Repository } from '../../registry.ts';
import { parseManifest } from '../manifest/parse.ts';
import type { ImageCaches } from '../reading/image-caches.ts';
import type { ImageQueries } from '../tables.ts';
import { listReferrers, type ReferrerSummary } from './tables.ts';

const cachedMax = 10_000;
const cachedBytesMax = 16 * 1024 * 1024;

interface Weighed {
  readonly referrer: Referrer;
  readonly sizeBytes: number;
}

export type ListReferrers = (
  repository: Repository,
  subject: Digest,
  filter: ReferrersFilter,
  page: PageRequest,
) => Promise<Page<Referrer>>;

/** See `Images.referrers`. A descriptor never changes while its image is there, so its cache needs no guard. */
export function openReferrers(tables: ImageQueries, caches: ImageCaches): ListReferrers {
  const known = new LRUCache<string, Weighed>({
    max: cachedMax,
    maxSize: cachedBytesMax,
    sizeCalculation: (weighed) => weighed.sizeBytes,
  });

  async function describe(repository: Repository, row: ReferrerSummary): Promise<Weighed | undefined> {
    const key = `${repository.id}/${row.digest}/${row.media_type}`;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    try {
      const { bytes } = await caches.manifest(repository, row.digest);
      const weighed = weigh(row, parseManifest(bytes, row.media_type).annotations);
      known.set(key, weighed);
      return weighed;
    } catch (error) {
      // Removed since the list was read.
      if (isKind(error, 'image-not-found')) return undefined;
      throw error;
    }
  }

  return async (repository, subject, filter, page) => {
    const after = page.after === undefined ? '' : parseDigest(page.after);
    if (after === undefined) throw invalidNextToken();
    const rows = await listReferrers(tables, repository.id, subject, filter.artifactTypes, after, page.limit + 1);
    const items: Referrer[] = [];
    let sumBytes = 0;
    for (const [index, row] of rows.entries()) {
      const last = rows[index - 1]?.digest;
      if (last !== undefined && (index >= page.limit || sumBytes >= limits.referrersPageBytesMax))
        return { items, next: last };
      const weighed = await describe(repository, row);
      if (weighed === undefined) continue;
      items.push(weighed.referrer);
      sumBytes += weighed.sizeBytes;
    }
    return { items };
  };
}

function weigh(row: ReferrerSummary, annotations: Referrer['annotations']): Weighed {
  const referrer: Referrer = {
    digest: row.digest,
    mediaType: row.media_type,
    sizeBytes: row.size_bytes,
    artifactType: row.artifact_type ?? undefined,
    annotations,
  };
  return { referrer, sizeBytes: 300 + (annotations === undefined ? 0 : JSON.stringify(annotations).length) };
}
