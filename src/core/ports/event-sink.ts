// Asked by the outbox's delivery, answered by services/events: takes domain events after their commit.

export interface DomainEvent {
  readonly id: string;
  readonly atMs: number;
  readonly accountId: string;
  readonly region: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface EventSink {
  /** At least once, in no promised order. Resolves when the event need not be offered again. */
  deliver(event: DomainEvent): Promise<void>;
}
