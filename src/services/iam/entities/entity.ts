// An entity is what policies, boundaries and tags hang on, whatever its kind: they are written once for all of them.

import type { AccountId } from '#core/account.ts';

export type EntityKind = 'user' | 'group' | 'role';

/** One entity as it stands now. */
export interface EntityRef {
  readonly kind: EntityKind;
  /** The unique id, never given twice: `AIDA…`, `AGPA…`, `AROA…`. */
  readonly id: string;
  readonly accountId: AccountId;
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  /** For a service-linked role the service that it belongs to: nobody else may change it. */
  readonly service?: string;
}

/** Names an entity that may or may not exist. */
export interface Owner {
  readonly kind: EntityKind;
  readonly accountId: AccountId;
  /** Names are found in any case of their letters. */
  readonly name: string;
}
