// The corridor: find the door, identify, read, permit, run, write; audit sees every exit. No other way in exists.

import type { DeniedNeed } from '#access/trace/denied-need.ts';
import type { Audit } from '#audit/audit.ts';
import type { Call, Caller } from '#core/caller.ts';
import { DomainError, isKind } from '#core/errors.ts';
import type { Reply, Request } from '#core/message.ts';
import type { Need } from '#core/need.ts';
import { type AnyOperation, later } from '#core/operation.ts';
import { endUnread } from '#std/begun.ts';
import type { Refusal } from '#wire/wire-format.ts';
import { auditSubject, refusedOutcome, succeededOutcome } from './audit-view.ts';
import type { Crowd } from './crowd.ts';
import type { Door } from './door.ts';
import type { FailedProofs } from './failed-proofs.ts';
import type { Doors } from './find-door.ts';
import type { Identify } from './identify.ts';
import { AccessDeniedError, type Permit } from './permit.ts';
import { refusalOf } from './refuse.ts';

export interface Corridor {
  readonly doors: Doors;
  readonly crowd: Crowd;
  readonly identify: Identify;
  readonly failedProofs: FailedProofs;
  readonly permit: Permit;
  readonly audit: Audit;
  /** Seals the reasons of a denial for doors that tell their callers an encoded message. */
  readonly sealReasons: (denied: DeniedNeed) => string;
  /** Told of every exit, for metrics; `fault` carries what was thrown when it was our fault. */
  readonly observe: (exit: Exit) => void;
}

export interface Exit {
  readonly call: Call;
  readonly door: string;
  readonly operation: string;
  readonly status: number;
  readonly fault?: unknown;
  /** Who called, when that was found out, and what was asked of access: the last thing that they did. */
  readonly caller?: Caller | undefined;
  readonly needs?: readonly Need[];
}

export type Handler = (request: Request, call: Call) => Promise<Reply>;

/** What is known of the call so far: the audit record is made from it wherever the call ends. */
interface Passage {
  operationName: string;
  operation: AnyOperation<unknown> | undefined;
  caller: Caller | undefined;
  input: unknown;
  needs: readonly Need[];
  /** True once the record of what was done is on its way: the log keeps it, so no second one may contradict it. */
  isTold: boolean;
}

/**
 * The one handler of all requests. Only promises are waited for: a call that memory can answer runs in one go, and
 * then the caches on its way need to ask only once whether another process changed something.
 */
export function openGateway(corridor: Corridor): Handler {
  return async (request, call) => {
    const found = corridor.doors.find(request);
    const door = found instanceof Promise ? await found : found;
    if (door === undefined) return noDoor(corridor, call);
    const passage: Passage = {
      operationName: '',
      operation: undefined,
      caller: undefined,
      input: undefined,
      needs: [],
      isTold: false,
    };
    try {
      const reply = await pass(corridor, door, request, call, passage);
      corridor.observe(exitOf(door, call, passage, reply.status));
      return reply;
    } catch (error) {
      return refuse(corridor, door, request, call, passage, error);
    }
  };
}

/** Nobody asked for anything that we serve: there is no call to audit, only an answer to count. */
function noDoor(corridor: Corridor, call: Call): Reply {
  corridor.observe({ call, door: 'none', operation: '', status: 404 });
  return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'There is nothing here.\n' };
}

async function pass(corridor: Corridor, door: Door, request: Request, call: Call, passage: Passage): Promise<Reply> {
  const { service, format } = door;
  // Before anything that costs: whoever comes too often waits here.
  const turn = corridor.crowd.admit(request, call);
  if (turn !== undefined) await turn;
  const named = format.operationOf(service, request);
  const name = named instanceof Promise ? await named : named;
  passage.operationName = name;
  const entry = service.operations[name];
  if (entry !== later) passage.operation = entry;
  const prove = passage.operation?.prove;
  const proven =
    prove === undefined ? corridor.identify(door, request, call) : proveByInput(door, request, call, passage);
  const caller = proven instanceof Promise ? await proven : proven;
  passage.caller = caller;
  corridor.failedProofs.proved(caller);
  corridor.crowd.recognise(caller);
  service.admit?.(name, caller);
  const operation = requireOperation(entry, name);
  const read = passage.input ?? format.read(service, name, request, caller);
  const input = read instanceof Promise ? await read : read;
  passage.input = input;
  passage.needs = operation.needs(input, caller);
  if (operation.furtherNeeds !== undefined) {
    const further = operation.furtherNeeds(input, caller, service.rooms);
    passage.needs = [...passage.needs, ...(further instanceof Promise ? await further : further)];
  }
  const permitted = corridor.permit.require(caller, passage.needs);
  if (permitted instanceof Promise) await permitted;
  const subject = auditSubject(door, passage);
  if (operation.kind === 'write') await corridor.audit.intend(call, subject);
  const done = operation.handle(input, caller, service.rooms, (need) => corridor.permit.may(caller, need));
  const output = done instanceof Promise ? await done : done;
  passage.isTold = true;
  try {
    // Waits for the disk only where the audit says so: a read's record is queued.
    const recorded = corridor.audit.record(call, subject, succeededOutcome(door, operation, output));
    if (recorded instanceof Promise) await recorded;
  } catch (error) {
    await endUnread(output);
    throw error;
  }
  return format.write(service, name, output, call.requestId);
}

/** For the few operations whose proof is a member of their input: it is read before anybody is known. */
async function proveByInput(door: Door, request: Request, call: Call, passage: Passage): Promise<Caller> {
  const { operation, operationName } = passage;
  if (operation?.prove === undefined) throw new Error(`${operationName} is proved by its signature`);
  const input = await door.format.read(door.service, operationName, request, { call });
  passage.input = input;
  return operation.prove(input, call, door.service.rooms);
}

/** An operation that this version does not bring is refused only after the caller was identified. */
function requireOperation(entry: AnyOperation<unknown> | typeof later | undefined, name: string) {
  if (entry !== undefined && entry !== later) return entry;
  const message = entry === later ? `${name} is not served by this version of Sallyport yet.` : `Unknown: ${name}`;
  throw new DomainError('unknown-operation', message, {});
}

function exitOf(door: Door, call: Call, { operationName: operation, caller, needs }: Passage, status: number): Exit {
  return { call, door: door.service.name, operation, status, caller, needs };
}

async function refuse(
  corridor: Corridor,
  door: Door,
  request: Request,
  call: Call,
  passage: Passage,
  error: unknown,
): Promise<Reply> {
  const hold = passage.caller === undefined ? corridor.failedProofs.failed(request, call, error) : undefined;
  let thrown = hold instanceof DomainError ? hold : error;
  let { refusal, fault } = refusalOf(door, thrown);
  // A crowd of strangers must not fill the audit log: they are counted, and have done nothing.
  const isCrowd = passage.caller === undefined && isKind(thrown, 'throttled');
  try {
    const outcome = refusedOutcome(refusal, thrown);
    if (!isCrowd && !passage.isTold) await corridor.audit.record(call, auditSubject(door, passage), outcome);
  } catch (auditError) {
    // Without its record not even a refusal says more than that the audit cannot be written.
    thrown = auditError;
    ({ refusal, fault } = refusalOf(door, auditError));
  }
  const { status } = refusal;
  const exit = exitOf(door, call, passage, status);
  corridor.observe(fault ? { ...exit, fault: thrown } : exit);
  // On record already: only the answer waits.
  if (hold instanceof Promise) await hold;
  return door.format.refuse(door.service, withReasons(corridor, door, refusal, thrown), call.requestId);
}

/** Not in the audit record: that has what the message would only encode. */
function withReasons(corridor: Corridor, door: Door, refusal: Refusal, thrown: unknown): Refusal {
  if (door.service.encodesDenials !== true || !(thrown instanceof AccessDeniedError)) return refusal;
  const sealed = corridor.sealReasons(thrown.denied);
  return { ...refusal, message: `${refusal.message}. Encoded authorization failure message: ${sealed}` };
}
