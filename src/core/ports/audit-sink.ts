// Asked by audit, answered by services/cloudtrail: an append-only log of lines that is durable when it says so.

export interface AuditSink {
  /**
   * Appends whole lines (each ends with `\n`) and resolves once they are on stable storage.
   * Rejects when they are not: the caller then refuses the call. Never called twice at the same time.
   */
  append(lines: string): Promise<void>;
}
