// A push: check and seal first, then references, image, tags and quotas in one transaction.

import { hash } from 'node:crypto';
import { algorithmOf, type Digest, digestFromHex } from '#core/digest.ts';
import { limits } from '#core/limits.ts';
import { isTag } from '#core/names.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import { whenAdmitted } from '../../encryption/admitted.ts';
import { DomainChangedError } from '../../encryption/current-domain.ts';
import type { ImagePush, ImagePushed, Repository } from '../../registry.ts';
import { repositoryNotFound } from '../../repositories/refusals.ts';
import { tagMutabilityOf } from '../../repositories/repository-row.ts';
import type { ImagesContext } from '../images-context.ts';
import { type Manifest, parseManifest } from '../manifest/parse.ts';
import { manifestInvalid } from '../manifest/shape.ts';
import { sealManifest } from '../sealed-manifest.ts';
import { type ImageRow, type ImageTables, type ImageTransaction, noteTags } from '../tables.ts';
import { checkReferences } from './check-references.ts';
import { tooManyImages, tooManyTags } from './quotas.ts';
import { digestDoesNotMatch, tagInvalid } from './refusals.ts';
import { countTags, findMediaType, findRules, findTags, insertImage, moveTags, takeImagePlace } from './tables.ts';
import { planTags } from './tag-plan.ts';

interface Prepared {
  readonly manifest: Manifest;
  readonly digest: Digest;
  readonly sealed: Buffer;
}

/** See `Images.push`. Throws DomainChangedError when the manifest was sealed for another key than it should be. */
export async function pushImage(context: ImagesContext, repository: Repository, push: ImagePush): Promise<ImagePushed> {
  const prepared = await prepare(context, repository, push);
  const { manifest, digest } = prepared;
  await changing<ImageTables, void>(
    context.database,
    (transaction) => store(context, transaction, repository, push, prepared),
    () => context.caches.forgetTags(repository.id, push.tags),
  );
  return { digest, mediaType: manifest.mediaType, subject: manifest.subject };
}

async function prepare(context: ImagesContext, repository: Repository, push: ImagePush): Promise<Prepared> {
  const manifest = parseManifest(push.bytes, push.mediaType);
  if (!push.tags.every(isTag)) throw tagInvalid();
  const algorithm = push.digest === undefined ? 'sha256' : algorithmOf(push.digest);
  const digest = digestFromHex(algorithm, hash(algorithm, push.bytes, 'hex'));
  if (push.digest !== undefined && push.digest !== digest) throw digestDoesNotMatch(push.digest, digest);
  const seal = () => sealManifest(context.keyRing, repository, digest, push.bytes);
  const sealed = await whenAdmitted(context.repositoryKeys, repository, 'write', seal, { kind: 'manifest', digest });
  return { manifest, digest, sealed };
}

async function store(
  context: ImagesContext,
  transaction: ImageTransaction,
  repository: Repository,
  push: ImagePush,
  prepared: Prepared,
): Promise<void> {
  const { manifest, digest } = prepared;
  const rules = await findRules(transaction, repository.id);
  if (rules === undefined) throw repositoryNotFound(repository.registry, repository.name);
  if (rules.key_domain !== repository.keyDomain) throw new DomainChangedError();
  const imageSizeBytes = await checkReferences(transaction, context.findLayers, repository, manifest);
  const known = await findMediaType(transaction, repository.id, digest);
  const isKnown = known !== undefined;
  // The same bytes under two media types would be two things to two clients.
  if (isKnown && known !== manifest.mediaType) throw manifestInvalid(`the image is already there as ${known}`);
  const current = await findTags(transaction, repository.id, push.tags);
  const tags = planTags(push, { repository, mutability: tagMutabilityOf(rules), digest, isKnown, current });
  if (!isKnown) {
    if (!(await takeImagePlace(transaction, repository.id))) throw tooManyImages(repository);
    const row = newRow(repository, push, prepared, imageSizeBytes, context.clock.nowMs());
    const children = manifest.children.map((child) => child.digest);
    await insertImage(transaction, row, manifest.layers, children);
  }
  await moveTags(transaction, repository.id, digest, tags);
  const left = tags.flatMap((tag) => current.get(tag) ?? []).filter((one) => one !== digest);
  for (const one of new Set(left)) await noteTags(transaction, repository.id, one);
  // A new image with tags was never without.
  if (isKnown ? tags.length > 0 : tags.length === 0) await noteTags(transaction, repository.id, digest);
  if (tags.length > 0 && (await countTags(transaction, repository.id, digest)) > limits.tagsPerImageMax) {
    throw tooManyTags(repository, digest);
  }
}

function newRow(
  repository: Repository,
  push: ImagePush,
  prepared: Prepared,
  imageSizeBytes: number,
  nowMs: number,
): ImageRow {
  const { manifest, digest, sealed } = prepared;
  return {
    repository_id: repository.id,
    digest,
    media_type: manifest.mediaType,
    artifact_type: manifest.artifactType ?? null,
    size_bytes: push.bytes.length,
    image_size_bytes: imageSizeBytes,
    subject: manifest.subject ?? null,
    pushed_at_ms: nowMs,
    last_pulled_at_ms: null,
    manifest: sealed,
    key_domain: repository.keyDomain,
  };
}
