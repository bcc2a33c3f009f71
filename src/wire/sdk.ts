// Types of operations, derived from the official SDK clients, so that a handler cannot answer the wrong shape.
// `Sdk` is always `typeof import('@aws-sdk/client-…')`, imported as a type only: nothing of it is loaded at run time.

import type { Operation } from '#core/operation.ts';

/** The names of all operations that a client has. */
export type OperationNames<Sdk> = {
  [K in keyof Sdk]: K extends '$Command' ? never : K extends `${infer Name}Command` ? Name : never;
}[keyof Sdk];

interface CommandIo {
  readonly input: unknown;
  resolveMiddleware(...args: never): unknown;
}

type CommandOf<Sdk, Name extends string> = `${Name}Command` extends keyof Sdk
  ? Sdk[`${Name}Command`] extends (new (
      ...args: never
    ) => infer Command extends CommandIo)
    ? Command
    : never
  : never;

type Leaf = string | number | bigint | boolean | Date | Uint8Array | null | undefined;

/** What the wire formats read: required members are there, absent ones are left out rather than undefined. */
type Read<Value> = Value extends Leaf
  ? Value
  : Value extends ReadonlyArray<infer Item>
    ? ReadonlyArray<Read<Exclude<Item, undefined>>>
    : { readonly [Key in keyof Value]: Read<Exclude<Value[Key], undefined>> };

/** What the wire formats write: the same shape, and nothing of it needs to be mutable. */
type Written<Value> = Value extends Leaf
  ? Value
  : Value extends ReadonlyArray<infer Item>
    ? ReadonlyArray<Written<Item>>
    : { readonly [Key in keyof Value]: Written<Value[Key]> };

/** The input of an operation as `WireFormat.read` returns it. */
export type InputOf<Sdk, Name extends string> = Read<CommandOf<Sdk, Name>['input']>;

/** The output of an operation as `WireFormat.write` takes it. */
export type OutputOf<Sdk, Name extends string> =
  ReturnType<CommandOf<Sdk, Name>['resolveMiddleware']> extends (
    ...args: never
  ) => Promise<{ output: infer Output; response: unknown }>
    ? Written<Omit<Output, '$metadata'>>
    : never;

/** Types a definition; returns it unchanged. */
export function operation<Sdk, Name extends OperationNames<Sdk> & string, Rooms>(
  definition: Operation<InputOf<Sdk, Name>, OutputOf<Sdk, Name>, Rooms>,
): Operation<InputOf<Sdk, Name>, OutputOf<Sdk, Name>, Rooms> {
  return definition;
}

/**
 * The table of a service. `const operations = {…} satisfies OperationsOf<typeof Ecr, Rooms>` does not compile while
 * an operation is missing. A service that serves a part of its API lists the names as the third argument.
 */
export type OperationsOf<Sdk, Rooms, Name extends OperationNames<Sdk> = OperationNames<Sdk>> = {
  readonly [N in Name & string]: Operation<InputOf<Sdk, N>, OutputOf<Sdk, N>, Rooms> | 'later';
};
