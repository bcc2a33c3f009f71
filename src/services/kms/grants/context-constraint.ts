// A grant's condition on the encryption context: when it is met, how it is found, and which of two is the stricter.

import { createHash } from 'node:crypto';
import type { EncryptionContext } from '../cryptography/encryption-context.ts';

export type ConstraintType = 'EncryptionContextSubset' | 'EncryptionContextEquals';

/** As AWS compares them: the names in any case, the values to the letter (the ciphertext is bound to both exactly). */
export interface ContextConstraint {
  readonly type: ConstraintType;
  readonly context: EncryptionContext;
}

/** What grants without a constraint are found by. */
const unconstrained = '';

/**
 * What a grant is found by in the index. For `Equals` the whole context; for `Subset` one pair of it, the longest,
 * which tells most: the many grants of a service to one key differ in an ARN.
 */
export function anchorOf(constraint: ContextConstraint | undefined): string {
  if (constraint === undefined) return unconstrained;
  const pairs = pairsOf(constraint.context);
  if (constraint.type === 'EncryptionContextEquals') return wholeAnchor(pairs);
  const [longest] = pairs.toSorted((left, right) => right.length - left.length);
  return longest === undefined ? unconstrained : pairAnchor(longest);
}

/** All that a grant which a request's context meets can be found by. */
export function anchorsFor(context: EncryptionContext): readonly string[] {
  const pairs = pairsOf(context);
  return pairs.length === 0 ? [unconstrained] : [unconstrained, wholeAnchor(pairs), ...pairs.map(pairAnchor)];
}

export function isMet(constraint: ContextConstraint | undefined, context: EncryptionContext): boolean {
  if (constraint === undefined) return true;
  if (!contains(context, constraint.context)) return false;
  return constraint.type === 'EncryptionContextSubset' || contains(constraint.context, context);
}

/** Whether everything that `child` lets through, `parent` does too. */
export function isNoWeaker(child: ContextConstraint | undefined, parent: ContextConstraint | undefined): boolean {
  if (parent === undefined) return true;
  if (child === undefined) return false;
  if (parent.type === 'EncryptionContextSubset') return contains(child.context, parent.context);
  return child.type === 'EncryptionContextEquals' && isMet(parent, child.context);
}

function contains(context: EncryptionContext, part: EncryptionContext): boolean {
  const pairs = new Set(pairsOf(context));
  return pairsOf(part).every((pair) => pairs.has(pair));
}

/** Each pair as one text, in an order of their own, and once: names that differ in case alone are one. */
function pairsOf(context: EncryptionContext): readonly string[] {
  const pairs = Object.entries(context).map(([name, value]) => JSON.stringify([name.toLowerCase(), value]));
  return [...new Set(pairs)].toSorted();
}

function wholeAnchor(pairs: readonly string[]): string {
  return `equals ${digestOf(pairs.join())}`;
}

function pairAnchor(pair: string): string {
  return `has ${digestOf(pair)}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
