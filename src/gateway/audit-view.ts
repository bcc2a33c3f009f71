// What of a call goes into its audit record: names and needs, never bodies or secrets.

import type { AuditOutcome, AuditResource, AuditSubject } from '#audit/audit.ts';
import { parseArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import { DomainError, isKind } from '#core/errors.ts';
import type { Need } from '#core/need.ts';
import type { AnyOperation } from '#core/operation.ts';
import type { Refusal } from '#wire/wire-format.ts';
import type { Door } from './door.ts';

/** CloudFormation's types, by service and what the resource begins with. */
const resourceTypes: ReadonlyMap<string, string> = new Map([
  ['ecr repository', 'AWS::ECR::Repository'],
  ['iam role', 'AWS::IAM::Role'],
  ['kms key', 'AWS::KMS::Key'],
  ['kms alias', 'AWS::KMS::Alias'],
]);

export interface Audited {
  readonly operationName: string;
  readonly operation: AnyOperation<unknown> | undefined;
  readonly caller: Caller | undefined;
  /** Undefined while the input was not read. */
  readonly input: unknown;
  /** What the operation needs of this input; empty until then. */
  readonly needs: readonly Need[];
}

/** The subject as far as the call has come. An operation that was never found counts as a read: nothing changed. */
export function auditSubject(door: Door, audited: Audited): AuditSubject {
  const { operation, operationName, caller, input, needs } = audited;
  const view = operation?.audit;
  const known = operation !== undefined && caller !== undefined && input !== undefined;
  return {
    eventSource: door.service.eventSource,
    eventName: view?.eventName ?? (operationName || 'UnknownOperation'),
    kind: operation?.kind ?? 'read',
    ...(view?.readOnly === undefined ? {} : { readOnly: view.readOnly }),
    caller,
    requestParameters: known ? spelt(door, (view?.request ?? asParameters)(input)) : null,
    resources: resourcesOf(needs),
  };
}

export function succeededOutcome(door: Door, operation: AnyOperation<unknown>, output: unknown): AuditOutcome {
  if (operation.kind === 'read') return {};
  return { responseElements: spelt(door, (operation.audit?.response ?? asParameters)(output)) };
}

/**
 * CloudTrail keeps the service's own code, but `AccessDenied` for what IAM refused. What only the log may know of a
 * refusal (which of several reasons a credential failed for) stands beside it.
 */
export function refusedOutcome(refusal: Refusal, error: unknown): AuditOutcome {
  const errorCode = isKind(error, 'access-denied') ? 'AccessDenied' : refusal.code;
  const log = error instanceof DomainError ? error.log : undefined;
  const reason = log === undefined ? {} : { additionalEventData: { reason: log } };
  return { errorCode, errorMessage: refusal.message, ...reason };
}

/** Query services have members in capitals; CloudTrail begins all of them with a small letter. */
function spelt(door: Door, value: Readonly<Record<string, unknown>> | null): Readonly<Record<string, unknown>> | null {
  return door.service.protocol === 'aws-query' ? asParameters(withSmallLetters(value)) : value;
}

function withSmallLetters(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSmallLetters);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [name.charAt(0).toLowerCase() + name.slice(1), withSmallLetters(member)]),
  );
}

function asParameters(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
}

function resourcesOf(needs: readonly Need[]): readonly AuditResource[] {
  const resources: AuditResource[] = [];
  for (const resource of new Set(needs.map((need) => need.resource))) {
    const arn = parseArn(resource);
    if (arn === undefined) continue;
    const { accountId } = arn;
    const type = resourceTypes.get(`${arn.service} ${arn.resource.split('/')[0]}`);
    resources.push(type === undefined ? { arn: resource, accountId } : { arn: resource, accountId, type });
  }
  return resources;
}
