// An operation: its needs as data, and the handler that runs once they are met. A service is a table of them.

import type { Call, Caller } from './caller.ts';
import type { CorridorErrorKind, ErrorKind } from './errors.ts';
import type { Need } from './need.ts';

export type MaybePromise<T> = T | Promise<T>;

/** Asks the corridor whether the same caller may do one thing more; never throws, audits nothing. */
export type May = (need: Need) => MaybePromise<boolean>;

export interface Operation<Input, Output, Rooms> {
  /** A write leaves a durable audit intent before it runs and is answered only once its record is durable. */
  readonly kind: 'read' | 'write';
  /**
   * Proves the caller from the input itself, in place of a signature: a web identity token. Throws the corridor's
   * kinds for credentials, or the door's own.
   */
  readonly prove?: (input: Input, call: Call, rooms: Rooms) => MaybePromise<Caller>;
  /** What the caller must be allowed; all of them. `[]` needs a stated reason beside it. */
  readonly needs: (input: Input, caller: Caller) => readonly Need[];
  /**
   * Needs that can be known only by looking (a code that was checked, an entity's tags): in addition to `needs`.
   * Changes nothing.
   */
  readonly furtherNeeds?: (input: Input, caller: Caller, rooms: Rooms) => MaybePromise<readonly Need[]>;
  /** The actions that `furtherNeeds` may ask for: for the reference. */
  readonly furtherActions?: readonly string[];
  readonly handle: (input: Input, caller: Caller, rooms: Rooms, may: May) => MaybePromise<Output>;
  /** What the audit record shows of it; see `AuditView`. */
  readonly audit?: AuditView<Input, Output>;
  /** The errors of the domain that this operation documents, for the reference and its tests. */
  readonly errors?: readonly ErrorKind[];
}

/** How an operation appears in its CloudTrail record. Everything left out has a default. */
export interface AuditView<Input, Output> {
  /** CloudTrail's eventName; the operation's own name when left out. */
  readonly eventName?: string;
  /** What CloudTrail calls it, where it differs: making credentials stores nothing, but is recorded as a write. */
  readonly readOnly?: boolean;
  /** requestParameters; the input when left out. Return null for none. Secrets and bodies must not be in it. */
  readonly request?: (input: Input) => Readonly<Record<string, unknown>> | null;
  /** responseElements of a write; the output when left out. */
  readonly response?: (output: Output) => Readonly<Record<string, unknown>> | null;
}

/** An operation that a later issue brings: it stands in the table and is refused with a plain sentence. */
export const later = 'later';

export type OperationTable<Rooms> = Readonly<Record<string, AnyOperation<Rooms> | typeof later>>;

// A table holds operations of many input types; the wire format that reads the input guarantees the right one.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyOperation<Rooms> = Operation<any, any, Rooms>;

/** How one error kind is spoken at a door. */
export interface ErrorSpelling {
  /** `RepositoryNotFoundException`, `NoSuchEntity`, `NAME_UNKNOWN`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
}

/** A table that does not compile while a kind is missing. */
export type ErrorTable<Kind extends ErrorKind> = Readonly<Record<Exclude<Kind, CorridorErrorKind>, ErrorSpelling>>;
