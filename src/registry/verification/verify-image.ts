// One image: its manifest opens, has its digest, and says the same as the rows beside it.

import { hash } from 'node:crypto';
import { algorithmOf, type Digest, digestFromHex } from '#core/digest.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { type Manifest, parseManifest } from '../images/manifest/parse.ts';
import { openManifest } from '../images/sealed-manifest.ts';
import type { ImageRow } from '../images/tables.ts';
import { findLayers } from '../layers/tables.ts';
import type { RepositoryRow } from '../repositories/tables.ts';
import { remedies } from './remedies.ts';
import { childrenOf, findImageRow, imageSizes, layersOf } from './tables.ts';
import { tablesOf, type VerificationOptions } from './verification.ts';

interface Amiss {
  readonly what: string;
  readonly remedy: string;
}

/** Empty when the image went away meanwhile. */
export async function lookAtImage(
  options: VerificationOptions,
  repository: RepositoryRow,
  digest: Digest,
): Promise<readonly Amiss[]> {
  const row = await findImageRow(tablesOf(options), repository.repository_id, digest);
  if (row === undefined) return [];
  const keyDomain = domainOf(repository, row);
  // Only while the repository is moved is one of its images locked and another one not.
  if ((await options.lockedBecause(keyDomain)) !== undefined) {
    options.findings.count('images under keys that cannot be used');
    return [];
  }
  let manifest: Manifest;
  try {
    const owner = { id: repository.repository_id, keyDomain };
    const bytes = await openManifest(options.keyRing, owner, row.digest, row.manifest);
    const found = digestFromHex(algorithmOf(digest), hash(algorithmOf(digest), bytes, 'hex'));
    if (found !== digest) return [{ what: `its manifest has the digest ${found}`, remedy: remedies.pushImage }];
    if (bytes.length !== row.size_bytes) {
      return [
        { what: `its manifest has ${bytes.length} bytes, its row says ${row.size_bytes}`, remedy: remedies.restoreRow },
      ];
    }
    manifest = parseManifest(bytes, row.media_type);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ what: `its manifest does not open: ${message}`, remedy: remedies.pushImage }];
  }
  const differences = [
    ...compareColumns(row, manifest),
    ...(await compareLayers(options, row, manifest)),
    ...(await compareChildren(options, row, manifest)),
  ];
  return differences.map((what) => ({ what, remedy: remedies.restoreRow }));
}

/** A row that names none is older than the column, and so than any move of its repository that is under way. */
function domainOf({ unnamed_domain, key_domain }: RepositoryRow, row: ImageRow): KeyDomainId {
  return (row.key_domain ?? unnamed_domain ?? key_domain) as KeyDomainId;
}

function compareColumns(row: ImageRow, manifest: Manifest): readonly string[] {
  const pairs = [
    ['media type', row.media_type, manifest.mediaType],
    ['artifact type', row.artifact_type, manifest.artifactType ?? null],
    ['subject', row.subject, manifest.subject ?? null],
  ] as const;
  return pairs.flatMap(([name, said, is]) => (said === is ? [] : [`its row says ${name} ${said}, its manifest ${is}`]));
}

async function compareLayers(
  options: VerificationOptions,
  row: ImageRow,
  manifest: Manifest,
): Promise<readonly string[]> {
  const tables = tablesOf(options);
  const wanted = manifest.layers.map((layer) => layer.digest);
  const found: string[] = [...differenceOf('layers', wanted, await layersOf(tables, row.repository_id, row.digest))];
  const present = await findLayers(tables, row.repository_id, wanted);
  for (const { digest, sizeBytes, mayBeAbsent } of manifest.layers) {
    const layer = present.get(digest);
    if (layer === undefined && !mayBeAbsent) found.push(`its layer ${digest} is not in the repository`);
    if (layer !== undefined && sizeBytes !== undefined && layer.sizeBytes !== sizeBytes) {
      found.push(`its layer ${digest} has ${layer.sizeBytes} bytes, its manifest says ${sizeBytes}`);
    }
  }
  return found;
}

async function compareChildren(
  options: VerificationOptions,
  row: ImageRow,
  manifest: Manifest,
): Promise<readonly string[]> {
  const tables = tablesOf(options);
  const wanted = manifest.children.map((child) => child.digest);
  const found: string[] = [...differenceOf('images', wanted, await childrenOf(tables, row.repository_id, row.digest))];
  const present = new Map((await imageSizes(tables, row.repository_id, wanted)).map((one) => [one.digest, one]));
  for (const { digest, sizeBytes } of manifest.children) {
    const child = present.get(digest);
    if (child === undefined) found.push(`its image ${digest} is not in the repository`);
    else if (child.size_bytes !== sizeBytes) {
      found.push(`its image ${digest} has ${child.size_bytes} bytes, its manifest says ${sizeBytes}`);
    }
  }
  return found;
}

function differenceOf(name: string, wanted: readonly Digest[], rows: readonly Digest[]): readonly string[] {
  const left = wanted.toSorted().join(' ');
  return left === rows.toSorted().join(' ') ? [] : [`its rows name other ${name} than its manifest`];
}
