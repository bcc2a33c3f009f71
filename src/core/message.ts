// HTTP messages as the corridor hands them from room to room; only edge and gateway know Node's own objects.

/** Header names in lower case; repeated headers joined as node:http does. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface RequestBody {
  /** Content-Length as declared, undefined when chunked. */
  readonly declaredBytes: number | undefined;
  /**
   * The whole body, read once and kept. Throws request-too-large past `bytesMax` (without reading on) and
   * request-incomplete when the client vanishes.
   */
  bytes(bytesMax: number): Promise<Buffer>;
  /** The body as it arrives. Only one of `bytes` and `stream` may be used. Throws request-incomplete. */
  stream(): AsyncIterable<Uint8Array>;
}

export interface Request {
  readonly method: string;
  /** The request target as it arrived, up to `?`: still percent-encoded, not normalised. */
  readonly path: string;
  /** The part after `?`, as it arrived; empty when there is none. */
  readonly query: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
}

export type ReplyHeaders = Record<string, string | number | readonly string[]>;

export interface Reply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  /**
   * Bytes in hand, or a stream whose failure breaks the connection so that no client takes it for complete. The pieces
   * of a stream are the reader's, who releases them once they are sent.
   */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** One header's value; a repeated header counts as absent only when it has no value at all. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}
