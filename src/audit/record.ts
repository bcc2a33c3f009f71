// One call as a line of the audit log: the CloudTrail record of eventVersion 1.11 (events-audit.md §2), or the intent
// that stands before a write.

import type { Call } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import type { AuditOutcome, AuditResource, AuditSubject } from './audit.ts';
import { longJson, shortJson } from './redact.ts';
import { type DocumentSealing, hasSealed, sealDocument } from './sealed-documents.ts';
import { userIdentityJson } from './user-identity.ts';

/** What the surroundings add to a record. */
export interface RecordStamp {
  /** When the call was completed. */
  readonly atMs: number;
  /** UUID of the record. */
  readonly eventId: string;
  /** Everything stands in clear when left out. */
  readonly documents?: DocumentSealing | undefined;
}

/** CloudTrail's bound for userAgent, errorCode and errorMessage; here for every text that a caller can choose. */
const textBytesMax = 1024;

const resourcesMax = 100;

/** The record as one line of JSON with its line feed, members in CloudTrail's order. */
export function recordLine(call: Call, subject: AuditSubject, outcome: AuditOutcome, stamp: RecordStamp): string {
  const request = membersJson('requestParameters', subject.requestParameters, call, stamp);
  const response =
    subject.kind === 'write' ? membersJson('responseElements', outcome.responseElements, call, stamp) : 'null';
  return `${
    '{"eventVersion":"1.11"' +
    member('userIdentity', userIdentityJson(subject.caller)) +
    member('eventTime', own(eventTime(stamp.atMs))) +
    member('eventSource', quoted(subject.eventSource)) +
    member('eventName', quoted(subject.eventName)) +
    member('awsRegion', quoted(subject.caller?.region ?? call.registry.region)) +
    member('sourceIPAddress', quoted(call.sourceAddress)) +
    member('userAgent', quoted(call.userAgent)) +
    optional('errorCode', outcome.errorCode) +
    errorMessage(call, outcome, stamp, request) +
    member('requestParameters', request) +
    member('responseElements', response) +
    (outcome.additionalEventData === undefined
      ? ''
      : member('additionalEventData', membersJson('additionalEventData', outcome.additionalEventData, call, stamp))) +
    member('requestID', own(call.requestId)) +
    member('eventID', own(stamp.eventId)) +
    member('readOnly', String(subject.readOnly ?? subject.kind === 'read')) +
    (subject.resources.length === 0 ? '' : member('resources', resourcesJson(subject.resources))) +
    ',"eventType":"AwsApiCall","managementEvent":true,"eventCategory":"Management"' +
    member('recipientAccountId', quoted(recipient(call, subject))) +
    optional('vpcEndpointId', call.endpointId) +
    (call.secureTransport ? member('tlsDetails', `{"clientProvidedHostHeader":${quoted(call.host)}}`) : '')
  }}\n`;
}

type Members = Readonly<Record<string, unknown>> | null | undefined;

/** What most calls have comes to no cryptography and to no object that is not needed. */
function membersJson(name: string, value: Members, call: Call, stamp: RecordStamp): string {
  if (value === null || value === undefined) return 'null';
  const short = shortJson(value, limits.auditParametersBytesMax);
  if (short !== undefined) return short;
  const { documents, eventId } = stamp;
  const seal =
    documents &&
    ((names: readonly string[], json: string) =>
      sealDocument(documents, [call.requestId, eventId, name, ...names], json));
  return longJson(value, limits.auditParametersBytesMax, seal);
}

/** The refusal of a document may quote it, and is sealed with it; who may not do something is told in clear. */
function errorMessage(call: Call, outcome: AuditOutcome, { documents, eventId }: RecordStamp, request: string): string {
  const { errorCode, errorMessage: message } = outcome;
  const quotes = message !== undefined && errorCode !== 'AccessDenied' && documents !== undefined;
  if (!quotes || !hasSealed(request)) return optional('errorMessage', message);
  const sealed = sealDocument(documents, [call.requestId, eventId, 'errorMessage'], JSON.stringify(cut(message)));
  return sealed === undefined ? optional('errorMessage', message) : member('errorMessage', own(sealed));
}

/** The trace a write leaves before it takes effect: enough to know who tried what, should no record follow. */
export function intentLine(call: Call, subject: AuditSubject, atMs: number): string {
  const intent = {
    requestID: call.requestId,
    eventTime: eventTime(atMs),
    eventSource: subject.eventSource,
    eventName: cut(subject.eventName),
    arn: subject.caller?.principal.arn ?? null,
    resources: subject.resources.slice(0, resourcesMax).map((resource) => cut(resource.arn)),
  };
  return `{"intent":${JSON.stringify(intent)}}\n`;
}

/** A copy of the record belongs to whoever owns the resource; the caller's own account otherwise. */
function recipient(call: Call, subject: AuditSubject): string {
  return subject.resources[0]?.accountId ?? subject.caller?.accountId ?? call.registry.accountId;
}

function resourcesJson(resources: readonly AuditResource[]): string {
  const shown = resources.slice(0, resourcesMax).map(({ arn, accountId, type }) => {
    return `{"ARN":${quoted(arn)},"accountId":${quoted(accountId)}${optional('type', type)}}`;
  });
  return `[${shown.join(',')}]`;
}

// Thousands of records share a second, so its text is made once.
let lastSecond = { second: Number.NaN, text: '' };

/** `YYYY-MM-DDThh:mm:ssZ`. */
function eventTime(atMs: number): string {
  const second = Math.floor(atMs / 1000);
  if (lastSecond.second !== second) {
    lastSecond = { second, text: `${new Date(atMs).toISOString().slice(0, 19)}Z` };
  }
  return lastSecond.text;
}

function member(name: string, json: string): string {
  return `,"${name}":${json}`;
}

function optional(name: string, text: string | undefined): string {
  return text === undefined ? '' : member(name, quoted(text));
}

/** Times and UUIDs that we made: nothing in them has to be escaped. */
function own(text: string): string {
  return `"${text}"`;
}

/** Printable ASCII but `"` and `\`: what JSON writes as it stands. */
const plain = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  const shown = cut(text);
  return plain.test(shown) ? `"${shown}"` : JSON.stringify(shown);
}

/** At most `textBytesMax` bytes of UTF-8, cut between characters. */
function cut(text: string): string {
  // A UTF-16 unit takes at most three bytes.
  if (text.length * 3 <= textBytesMax || Buffer.byteLength(text) <= textBytesMax) return text;
  const bytes = Buffer.from(text.slice(0, textBytesMax));
  let end = Math.min(textBytesMax, bytes.length);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
