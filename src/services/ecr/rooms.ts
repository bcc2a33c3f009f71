// What the handlers of the ECR door are given, and the few steps that all of them share.

import type { Addresses } from '#core/addresses.ts';
import { repositoryArn } from '#core/arn.ts';
import { type Caller, registryOf } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { type Need, need } from '#core/need.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import type { TokenIssuer } from '#core/ports/token-issuer.ts';
import type { Registry, Repository } from '#registry/registry.ts';
import type { PageTokens } from '#wire/paging.ts';

export interface EcrRooms {
  readonly registry: Registry;
  readonly tokens: TokenIssuer;
  readonly addresses: Addresses;
  readonly pageTokens: PageTokens;
  /** How long a registry token of this account's callers lives. */
  readonly registryTokenLifeMs: (accountId: string) => number;
  readonly clock: Clock;
  readonly principals: PrincipalDirectory;
}

/** The members by which nearly every operation names its repository. */
export interface RepositoryInput {
  readonly registryId?: string;
  readonly repositoryName: string;
}

/** One need on the repository that the input names, in the caller's own registry unless it says another. */
export function needOnRepository(action: string): (input: RepositoryInput, caller: Caller) => readonly Need[] {
  return (input, caller) => [need(action, arnOf(input, caller))];
}

/** The ARN of the repository that the input names. */
export function arnOf(input: RepositoryInput, caller: Caller): string {
  return repositoryArn(registryOf(caller, input.registryId), input.repositoryName);
}

/** The repository that the input names. Throws repository-not-found, for an unknown registry too. */
export function repositoryOf(input: RepositoryInput, caller: Caller, rooms: EcrRooms): MaybePromise<Repository> {
  return rooms.registry.repositories.get(registryOf(caller, input.registryId), input.repositoryName);
}
