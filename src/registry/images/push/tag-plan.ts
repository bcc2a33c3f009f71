// Decides which tags a push moves, or why it may not: the rules alone, without the database.

import type { Digest } from '#core/digest.ts';
import type { ImagePush, Repository, TagCondition, TagMutability } from '../../registry.ts';
import { isTagImmutable } from '../../repositories/tag-mutability.ts';
import { imageAlreadyExists, preconditionFailed, tagImmutable } from './refusals.ts';

export interface PushState {
  readonly repository: Repository;
  /** As it stands in the transaction. */
  readonly mutability: TagMutability;
  readonly digest: Digest;
  /** True when the repository has an image of this digest already. */
  readonly isKnown: boolean;
  /** What the pushed tags refer to now. */
  readonly current: ReadonlyMap<string, Digest>;
}

/** The tags to set, each once. Throws precondition-failed, image-already-exists and tag-immutable. */
export function planTags(push: ImagePush, state: PushState): readonly string[] {
  const tags = [...new Set(push.tags)];
  for (const condition of push.conditions ?? []) checkCondition(condition, tags, state);
  if (push.existing === 'refuse') refuseExisting(tags, state);
  const { repository, mutability, current } = state;
  const fixed = tags.find((tag) => current.has(tag) && isTagImmutable(mutability, tag));
  if (fixed !== undefined) throw tagImmutable(repository, fixed);
  return tags.filter((tag) => current.get(tag) !== state.digest);
}

function checkCondition({ refersTo, not }: TagCondition, tags: readonly string[], state: PushState): void {
  const present =
    tags.length === 0 ? [state.isKnown ? state.digest : undefined] : tags.map((tag) => state.current.get(tag));
  const holds = (digest: Digest | undefined) =>
    not !== (digest !== undefined && (refersTo === 'anything' || refersTo.includes(digest)));
  if (!present.every(holds)) throw preconditionFailed();
}

/** ECR's API refuses a push that would change nothing, whatever the tag's mutability. */
function refuseExisting(tags: readonly string[], state: PushState): void {
  const { repository, digest, current } = state;
  const changesNothing = state.isKnown && tags.every((tag) => current.get(tag) === digest);
  if (changesNothing) throw imageAlreadyExists(repository, digest, tags[0]);
}
