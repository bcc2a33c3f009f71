// Something that is done without a request, told in an audit chain as a call is: intent first, then what came of it.

import type { Audit, AuditResource, AuditSubject, RecordPlace } from '#audit/audit.ts';
import type { AccountId, Region } from '#core/account.ts';
import type { Call, Caller } from '#core/caller.ts';
import type { Platform } from './stores.ts';

export interface Act<Result> {
  readonly eventName: string;
  readonly accountId: AccountId;
  /** Of another service than Sallyport itself. */
  readonly eventSource?: string;
  /** What it is about; the account when left out. */
  readonly resource?: AuditResource;
  readonly requestParameters: Readonly<Record<string, unknown>>;
  readonly run: () => Promise<Result>;
  /** What the record shows of the result: never a secret. */
  readonly shown: (result: Result) => Readonly<Record<string, unknown>>;
}

export interface Actor {
  /** What stands in the place of an address. */
  readonly source: string;
  /** The service that the record says it was. */
  readonly service: string;
  readonly userAgent: string;
  readonly region: string;
}

/** Nothing is done whose intent could not be written first. */
export async function actRecorded<Result>(
  audit: Audit,
  actor: Actor,
  platform: Platform,
  act: Act<Result>,
): Promise<Result> {
  return (await actPlaced(audit, actor, platform, act)).result;
}

/** The same, and where the record of it stands. */
export async function actPlaced<Result>(
  audit: Audit,
  actor: Actor,
  platform: Platform,
  act: Act<Result>,
): Promise<{ readonly result: Result; readonly place: RecordPlace }> {
  const { call, subject } = callOf(actor, platform, act);
  await audit.intend(call, subject);
  const result = await act.run().catch(async (error: unknown) => {
    await audit.record(call, subject, { errorCode: 'Failed', errorMessage: String(error) });
    throw error;
  });
  return { result, place: await audit.recordDone(call, subject, { responseElements: act.shown(result) }) };
}

function callOf(actor: Actor, { clock, random }: Platform, act: Omit<Act<never>, 'run'>) {
  const { accountId, eventName, requestParameters } = act;
  const registry = { accountId, region: actor.region as Region };
  const call: Call = {
    requestId: random.uuid(),
    receivedAtMs: clock.nowMs(),
    sourceAddress: actor.source,
    secureTransport: false,
    userAgent: actor.userAgent,
    host: '',
    registry,
    neutralHost: true,
  };
  const arn = `arn:aws:iam::${accountId}:root`;
  const principal = { kind: 'service', accountId, arn, principalId: actor.service } as const;
  const caller: Caller = { principal, accountId, region: registry.region, accessKeyId: '', credential: 'sigv4', call };
  const resources = [act.resource ?? { arn, accountId, type: 'AWS::Organizations::Account' }];
  const subject: AuditSubject = {
    eventSource: act.eventSource ?? 'sallyport.local',
    eventName,
    kind: 'write',
    caller,
    requestParameters,
    resources,
  };
  return { call, subject };
}
