// Which tags of a repository may move once they are set (ecr-api.md §6).

import { invalidParameter } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { TagMutability, TagMutabilityMode } from '../registry.ts';

const filterSyntax = /^[0-9a-zA-Z._*-]{1,128}$/;
const member = 'imageTagMutabilityExclusionFilters';

/** Throws invalid-parameter when filters are missing, not allowed, too many or not well formed. */
export function checkTagMutability(mutability: TagMutability): void {
  const { mode, exclusionFilters } = mutability;
  const name = 'ImageTagMutabilityExclusionFilters';
  if (!hasExclusions(mode)) {
    if (exclusionFilters.length === 0) return;
    throw invalidParameter(member, `${name} must be null when imageTagMutability is set as ${mode}`);
  }
  if (exclusionFilters.length === 0) {
    throw invalidParameter(member, `${name} can't be null when imageTagMutability is set as ${mode}`);
  }
  if (exclusionFilters.length > limits.exclusionFiltersMax) {
    throw invalidParameter(member, `Member must have length less than or equal to ${limits.exclusionFiltersMax}`);
  }
  for (const filter of exclusionFilters) checkFilter(filter);
}

function checkFilter(filter: string): void {
  if (!filterSyntax.test(filter)) {
    throw invalidParameter(member, `must satisfy regular expression '${filterSyntax.source}'`);
  }
  const starsMax = limits.exclusionFilterWildcardsMax;
  if (filter.split('*').length - 1 > starsMax) {
    throw invalidParameter(member, `A filter can contain at most ${starsMax} wildcards (*)`);
  }
}

/** True when an existing tag of this name may neither move nor be put again. */
export function isTagImmutable(mutability: TagMutability, tag: string): boolean {
  const immutable = mutability.mode === 'IMMUTABLE' || mutability.mode === 'IMMUTABLE_WITH_EXCLUSION';
  const excluded = hasExclusions(mutability.mode) && mutability.exclusionFilters.some((filter) => matches(filter, tag));
  return immutable !== excluded;
}

function hasExclusions(mode: TagMutabilityMode): boolean {
  return mode === 'IMMUTABLE_WITH_EXCLUSION' || mode === 'MUTABLE_WITH_EXCLUSION';
}

/** `*` stands for any run of characters, the rest for itself; the whole tag must match. */
function matches(filter: string, tag: string): boolean {
  const [first = '', ...rest] = filter.split('*');
  const last = rest.pop();
  if (last === undefined) return tag === filter;
  if (!tag.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = tag.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return tag.length - last.length >= at && tag.endsWith(last);
}
