// Asked by audit, answered by services/cloudtrail: an append-only log of lines that is durable when it says so.

/** Where the sealed log ends: its last line's number (intents and records count, seals do not), its last seal's MAC. */
export interface ChainHead {
  readonly sequence: number;
  /** 64 lower-case hex digits. */
  readonly mac: string;
}

export interface AuditSink {
  /**
   * Appends a batch (whole lines; each ends with `\n`, the last is a seal) and resolves once it is on stable storage.
   * `head` is the head after it. Rejects when it is not: the caller then refuses the call, and the next append begins
   * where this one began. Never called twice at the same time; afterwards the bytes belong to the caller again.
   */
  append(batch: Uint8Array, head: ChainHead): Promise<void>;
}
