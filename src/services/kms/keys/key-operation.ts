// An operation on one key: it finds the key, asks for the right to use it, and hands the very same key to the handler.

import type * as Kms from '@aws-sdk/client-kms';
import type { KeyLastUsageTrackingOperation } from '@aws-sdk/client-kms';
import { type Caller, registryOf } from '#core/caller.ts';
import { DomainError, type ErrorKind } from '#core/errors.ts';
import type { Need, NeedContext } from '#core/need.ts';
import type { AuditView, MaybePromise, Operation } from '#core/operation.ts';
import { goOn } from '#std/go-on.ts';
import type { InputOf, OperationNames, OutputOf } from '#wire/sdk.ts';
import { requireGrantTokens } from '../grants/grant-tokens.ts';
import { grantedNeed, withGrants } from '../grants/granted-needs.ts';
import { recorded } from '../recorded.ts';
import type { KmsRooms } from '../rooms.ts';
import type { KmsKey } from './key.ts';
import { keyNeed } from './key-need.ts';
import { findTarget, requireKey, type Target } from './key-reference.ts';
import { type KeyOperationName, requireState } from './key-states.ts';

type Sdk = typeof Kms;
type Name = OperationNames<Sdk> & KeyOperationName;

export interface OnKey<Input, Output> {
  readonly kind: 'read' | 'write';
  /** True where an alias may name the key. */
  readonly takesAliases?: boolean;
  /** True where principals of other accounts may be allowed it at all. */
  readonly acrossAccounts?: boolean;
  /** What counts as the key's use, where it does. */
  readonly uses?: KeyLastUsageTrackingOperation;
  /** True where naming the alias of one of AWS's own keys makes it. */
  readonly makesManagedKeys?: boolean;
  /** Where the input names it; `KeyId` when left out. */
  readonly keyIn?: (input: Input) => string;
  /** How it is found where no single member names it. */
  readonly find?: (input: Input, caller: Caller, rooms: KmsRooms) => MaybePromise<Target>;
  /** The action, where it is not called as the operation is. */
  readonly action?: string;
  /** Condition keys that the operation adds. */
  readonly context?: (input: Input, caller: Caller) => NeedContext;
  /** Whether a grant allows it, where that is not decided as for any use of a key. */
  readonly granted?: (input: Input, target: Target, caller: Caller, rooms: KmsRooms) => MaybePromise<Need['granted']>;
  /** What must be allowed beside the action on the key: on an alias, on another key. */
  readonly alsoNeeds?: (input: Input, caller: Caller, rooms: KmsRooms) => MaybePromise<readonly Need[]>;
  readonly errors?: readonly ErrorKind[];
  readonly audit?: AuditView<Input, Output>;
  readonly handle: (input: Input, key: KmsKey, rooms: KmsRooms, caller: Caller) => MaybePromise<Output>;
}

/** What an input was found to mean when it was permitted: what runs must be about the same key. */
const targets = new WeakMap<object, Target>();

/** The state of the key is checked before `handle` runs; whoever changes it checks again in the transaction. */
export function onKey<N extends Name>(
  name: N,
  definition: OnKey<InputOf<Sdk, N>, OutputOf<Sdk, N>>,
): Operation<InputOf<Sdk, N>, OutputOf<Sdk, N>, KmsRooms> {
  const {
    keyIn,
    find,
    action = name,
    takesAliases = false,
    acrossAccounts = false,
    uses,
    makesManagedKeys = false,
    context,
    granted,
    alsoNeeds,
    handle,
    kind,
    errors = [],
    audit,
  } = definition;
  const textOf = keyIn ?? ((input: object) => (input as { readonly KeyId: string }).KeyId);
  return {
    kind,
    errors: ['kms-key-not-found', 'kms-arn-invalid', ...errors],
    // The key has to be looked up first: its need is a further one.
    needs: () => [],
    furtherActions: [`kms:${action}`],
    furtherNeeds(input, caller, rooms) {
      requireGrantTokens(input as object, rooms);
      const needsOf = (target: Target): MaybePromise<readonly Need[]> => {
        targets.set(input as object, target);
        const first = keyNeed(action, target, caller, context?.(input, caller));
        const own = goOn(granted?.(input, target, caller, rooms), (grant) => grantedNeed(first, grant));
        const others = alsoNeeds?.(input, caller, rooms) ?? [];
        return goOn(own, (one) => goOn(others, (more) => withGrants(rooms.grants.granted, [one, ...more], caller)));
      };
      const options = { registry: registryOf(caller), takesAliases };
      const found =
        find?.(input, caller, rooms) ?? findTarget(rooms.records, textOf(input as typeof input & object), options);
      return goOn(found, needsOf);
    },
    handle(input, caller, rooms) {
      const target = targets.get(input as object);
      if (target === undefined) throw new Error(`${name} was not permitted`);
      const run = (key: KmsKey) => {
        if (!acrossAccounts) requireOwnKey(key, `kms:${action}`, caller);
        requireState(name, key);
        const output = handle(input, key, rooms, caller);
        if (uses === undefined) return output;
        return goOn(output, (done) => {
          rooms.usage.note(key, uses, caller.call.requestId);
          return done;
        });
      };
      const made = makesManagedKeys ? rooms.managedKeys.ofTarget(target, registryOf(caller)) : undefined;
      return made === undefined ? run(requireKey(target)) : made.then(run);
    },
    audit: { request: recorded, response: recorded, ...audit } as AuditView<InputOf<Sdk, N>, OutputOf<Sdk, N>>,
  };
}

/** The last step before anything happens. Throws kms-dry-run. */
export function endDryRun({ DryRun }: { readonly DryRun?: boolean }): void {
  if (DryRun !== true) return;
  throw new DomainError('kms-dry-run', 'The request would have succeeded, but the DryRun option is set.', {});
}

/** Throws access-denied. */
export function requireOwnKey(key: KmsKey, action: string, { principal, accountId }: Caller): void {
  if (key.accountId === accountId) return;
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${key.arn}`;
  const why = 'because the key belongs to another account';
  throw new DomainError('access-denied', `${message} ${why}`, { action, resource: key.arn });
}

/** AWS's own keys are used like others and changed by nobody. Throws access-denied. */
export function requireCustomerKey(key: KmsKey, action: string, { principal }: Caller): void {
  if (!key.isManagedByAws) return;
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on an AWS managed key: ${key.arn}`;
  throw new DomainError('access-denied', message, { action, resource: key.arn });
}
