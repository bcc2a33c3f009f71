// What the corridor asks of the audit: an intent before a write, one record for every call.

import type { Call, Caller } from '#core/caller.ts';

export interface AuditResource {
  readonly arn: string;
  readonly accountId: string;
  /** CloudFormation's type, such as `AWS::ECR::Repository`. */
  readonly type?: string;
}

/** What is being attempted, as far as the corridor knows when it says so. */
export interface AuditSubject {
  readonly eventSource: string;
  readonly eventName: string;
  readonly kind: 'read' | 'write';
  /** What the record calls it; by the kind when left out. */
  readonly readOnly?: boolean;
  /** Undefined while nobody was identified. */
  readonly caller: Caller | undefined;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly resources: readonly AuditResource[];
}

export interface AuditOutcome {
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly responseElements?: Readonly<Record<string, unknown>> | null;
  readonly additionalEventData?: Readonly<Record<string, unknown>>;
}

/** Where a record stands in the log of its process. */
export interface RecordPlace {
  /** The number of its line. */
  readonly sequence: number;
  /** Of the line, line feed included. */
  readonly recordSha256: string;
  readonly eventId: string;
}

export interface Audit {
  /** Resolves once a trace of the intended write is durable. Throws audit-unavailable. */
  intend(call: Call, subject: AuditSubject): Promise<void>;
  /**
   * A write's record (and any refusal of one) resolves once it is durable. A read's is queued and durable within
   * limits.auditReadDelayMs: returns at once. Throws audit-unavailable when the log cannot be written or is full.
   */
  record(call: Call, subject: AuditSubject, outcome: AuditOutcome): Promise<unknown> | undefined;
  /** As `record`, of a write that was done; resolves with where the record stands. */
  recordDone(call: Call, subject: AuditSubject, outcome: AuditOutcome): Promise<RecordPlace>;
  /** False while the last attempt to write failed; for readiness. */
  healthy(): boolean;
  /** Flushes what is queued. */
  close(): Promise<void>;
}
