// Whom a call is about: the entity that its input names, and what the caller must be allowed on it.

import { iamArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import { DomainError, type ErrorKind } from '#core/errors.ts';
import { type Need, need } from '#core/need.ts';
import type { EntityKind, EntityRef, Owner } from './entity.ts';

/** The members by which inputs name an entity. */
export interface EntityInput {
  readonly UserName?: string;
  readonly GroupName?: string;
  readonly RoleName?: string;
}

const members = { user: 'UserName', group: 'GroupName', role: 'RoleName' } as const;

/** The named entity; for a user that is not named the caller, who then must be one. Throws validation-failed. */
export function ownerOf(kind: EntityKind, input: EntityInput, caller: Caller): Owner {
  const name = input[members[kind]] ?? caller.principal.userName;
  if (name !== undefined) return { kind, accountId: caller.accountId, name };
  throw new DomainError('validation-failed', 'Must specify userName when calling with non-User credentials', {});
}

/** One need on the entity's ARN. The path of one named by another is not known yet: access asks for its facts. */
export function needOn(kind: EntityKind, action: string): (input: EntityInput, caller: Caller) => readonly Need[] {
  return (input, caller) => {
    const { accountId, principal } = caller;
    const name = input[members[kind]];
    const isOwn = kind === 'user' && (name === undefined || name === principal.userName);
    if (isOwn && principal.kind === 'user') return [need(action, principal.arn)];
    return [need(action, iamArn(accountId, kind, '/', name ?? '*'))];
  };
}

/** What a change of such an entity may be refused for, and further reasons. */
export function changeErrors(kind: EntityKind, ...further: readonly ErrorKind[]): readonly ErrorKind[] {
  const own: readonly ErrorKind[] = kind === 'role' ? ['unmodifiable-entity'] : [];
  return ['validation-failed', 'no-such-entity', ...further, ...own];
}

export interface Entities {
  /** Undefined when there is none. */
  find(owner: Owner): Promise<EntityRef | undefined>;
}

interface RenameInput extends EntityInput {
  readonly NewPath?: string;
  readonly NewUserName?: string;
  readonly NewGroupName?: string;
}

/** Who renames or moves an entity must be allowed so under its new ARN too; which that is shows only when one looks. */
export function needOnNewArn(kind: 'user' | 'group', action: string) {
  return async (input: RenameInput, caller: Caller, rooms: { readonly entities: Entities }) => {
    const entity = await rooms.entities.find(ownerOf(kind, input, caller));
    if (entity === undefined) return [];
    const { NewPath: path = entity.path, NewUserName, NewGroupName } = input;
    const arn = iamArn(caller.accountId, kind, path, NewUserName ?? NewGroupName ?? entity.name);
    return arn === entity.arn ? [] : [need(action, arn)];
  };
}
