// The conditional headers of RFC 9110: an entity tag is the quoted digest of a blob or manifest.

import { type Digest, parseDigest } from '#core/digest.ts';
import { headerOf, type RequestHeaders } from '#core/message.ts';
import type { TagCondition } from '#registry/registry.ts';

/** The entity tag of a blob or manifest. */
export function entityTag(digest: Digest): string {
  return `"${digest}"`;
}

/** True when If-None-Match names what would be sent: then 304 is the answer. Weak tags compare as strong ones do. */
export function isKnownToClient(headers: RequestHeaders, digest: Digest): boolean {
  const condition = headerOf(headers, 'if-none-match');
  if (condition === undefined) return false;
  const wanted = entityTag(digest);
  return condition.trim() === '*' || listOf(condition).some((one) => one.replace(/^W\//, '') === wanted);
}

/** If-Match and If-None-Match of a push, so that nobody moves a tag that somebody else has moved meanwhile. */
export function pushConditions(headers: RequestHeaders): readonly TagCondition[] {
  const match = headerOf(headers, 'if-match');
  const noneMatch = headerOf(headers, 'if-none-match');
  return [
    ...(match === undefined ? [] : [{ refersTo: digestsOf(match), not: false }]),
    ...(noneMatch === undefined ? [] : [{ refersTo: digestsOf(noneMatch), not: true }]),
  ];
}

/** What is no digest is nothing that a tag can refer to. */
function digestsOf(condition: string): TagCondition['refersTo'] {
  if (condition.trim() === '*') return 'anything';
  return listOf(condition).flatMap((one) => parseDigest(one.replace(/^"(.*)"$/, '$1')) ?? []);
}

function listOf(condition: string): readonly string[] {
  return condition.split(',').map((one) => one.trim());
}
