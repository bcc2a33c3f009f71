// Calls that come from inside the site: decided and recorded as those of a door, without a socket.

import type { Audit, AuditOutcome } from '#audit/audit.ts';
import type { Caller } from '#core/caller.ts';
import type { Need } from '#core/need.ts';
import type { AnyOperation } from '#core/operation.ts';
import { auditSubject, refusedOutcome, succeededOutcome } from '#gateway/audit-view.ts';
import type { Door } from '#gateway/door.ts';
import type { Permit } from '#gateway/permit.ts';
import { refusalOf } from '#gateway/refuse.ts';

export interface InnerCallsOptions {
  readonly door: Door;
  readonly permit: Permit;
  readonly audit: Audit;
}

/** Throws what the operation throws, once that is on record, with what is `noted` of it. */
export async function callInside(
  { door, permit, audit }: InnerCallsOptions,
  operationName: string,
  input: object,
  caller: Caller,
  noted?: Readonly<Record<string, string>>,
): Promise<unknown> {
  const { rooms } = door.service;
  const operation = door.service.operations[operationName] as AnyOperation<unknown> | undefined;
  if (operation === undefined) throw new Error(`there is no ${operationName}`);
  let needs: readonly Need[] = [];
  const subject = () => auditSubject(door, { operationName, operation, caller, input, needs });
  try {
    const further = operation.furtherNeeds?.(input, caller, rooms) ?? [];
    needs = [...operation.needs(input, caller), ...(await further)];
    await permit.require(caller, needs);
    if (operation.kind === 'write') await audit.intend(caller.call, subject());
    const output: unknown = await operation.handle(input, caller, rooms, (need) => permit.may(caller, need));
    await audit.record(caller.call, subject(), withNote(succeededOutcome(door, operation, output), noted));
    return output;
  } catch (error) {
    const { refusal } = refusalOf(door, error);
    await audit.record(caller.call, subject(), withNote(refusedOutcome(refusal, error), noted));
    throw error;
  }
}

function withNote(outcome: AuditOutcome, noted: Readonly<Record<string, string>> | undefined): AuditOutcome {
  if (noted === undefined) return outcome;
  return { ...outcome, additionalEventData: { ...outcome.additionalEventData, ...noted } };
}
