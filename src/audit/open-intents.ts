// Which intents of the log are still without their record: a write that was under way when something stopped it.

/** A write that was announced and never recorded. */
export interface UnfinishedIntent {
  readonly file: string;
  readonly line: number;
  readonly requestId: string;
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly arn: string | null;
}

export type LineKind = 'intent' | 'record' | 'unreadable';

/** Beyond this many the oldest are counted only, so that a hostile log cannot fill the memory. */
const heldMax = 10_000;

export class OpenIntents {
  readonly #open = new Map<string, UnfinishedIntent>();
  #forgotten = 0;

  /** Notes one line of the log and says what it is. */
  note(bytes: Buffer, file: string, line: number): LineKind {
    const parsed = parseObject(bytes);
    if (parsed === undefined) return 'unreadable';
    const intent = parsed['intent'];
    if (typeof intent === 'object' && intent !== null) {
      this.#announce({ ...intent }, file, line);
      return 'intent';
    }
    if (typeof parsed['requestID'] === 'string') this.#open.delete(parsed['requestID']);
    return 'record';
  }

  /** Those without a record, oldest first. */
  unfinished(): readonly UnfinishedIntent[] {
    return [...this.#open.values()];
  }

  /** How many more there may be than `unfinished` lists. */
  get forgotten(): number {
    return this.#forgotten;
  }

  #announce(members: Readonly<Record<string, unknown>>, file: string, line: number): void {
    const text = (name: string): string => (typeof members[name] === 'string' ? members[name] : '');
    const requestId = text('requestID');
    const arn = typeof members['arn'] === 'string' ? members['arn'] : null;
    const [eventTime, eventSource, eventName] = [text('eventTime'), text('eventSource'), text('eventName')];
    this.#open.set(requestId, { file, line, requestId, eventTime, eventSource, eventName, arn });
    if (this.#open.size <= heldMax) return;
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) this.#open.delete(oldest);
    this.#forgotten += 1;
  }
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(bytes.toString());
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}
