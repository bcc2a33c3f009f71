// Whom a call is about: the entity that its input names, and what the caller must be allowed on it.

import { iamArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { type Need, need } from '#core/need.ts';
import type { EntityKind, Owner } from './entity.ts';

/** The members by which inputs name an entity. */
export interface EntityInput {
  readonly UserName?: string;
}

/** The named entity; for a user that is not named the caller, who then must be one. Throws validation-failed. */
export function ownerOf(kind: EntityKind, input: EntityInput, caller: Caller): Owner {
  const name = input.UserName ?? caller.principal.userName;
  if (name !== undefined) return { kind, accountId: caller.accountId, name };
  throw new DomainError('validation-failed', 'Must specify userName when calling with non-User credentials', {});
}

/** One need on the entity's ARN. The path of one named by another is not known yet: access asks for its facts. */
export function needOn(kind: EntityKind, action: string): (input: EntityInput, caller: Caller) => readonly Need[] {
  return (input, caller) => {
    const { accountId, principal } = caller;
    const name = input.UserName;
    const isOwn = kind === 'user' && (name === undefined || name === principal.userName);
    if (isOwn && principal.kind === 'user') return [need(action, principal.arn)];
    return [need(action, iamArn(accountId, kind, '/', name ?? '*'))];
  };
}
