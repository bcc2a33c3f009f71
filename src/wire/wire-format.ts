// What every wire format can do. One file (or folder) a format; adding one touches no other.

import type { Caller } from '#core/caller.ts';
import type { Reply, Request } from '#core/message.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { Service } from '#core/service.ts';

/** A refusal on its way out: already spelt for this door. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  /** Further members of the modelled exception (`lastValidByteReceived`). */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

/** Of the caller, what reading an input may depend on; known too where the input itself proves who calls. */
export type Reader = Pick<Caller, 'call' | 'grant'>;

export interface WireFormat {
  /** Which operation is asked for. May read the bounded body. Throws unknown-operation or malformed-request. */
  operationOf(service: Service, request: Request): MaybePromise<string>;
  /** The operation's input, checked against the schema. Throws malformed-request (SerializationException). */
  read(service: Service, operation: string, request: Request, caller: Reader): MaybePromise<unknown>;
  write(service: Service, operation: string, output: unknown, requestId: string): Reply;
  refuse(service: Service, refusal: Refusal, requestId: string): Reply;
}
