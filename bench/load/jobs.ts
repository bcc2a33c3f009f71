// What the load generator can be told to do, and what it tells afterwards. Plain data: it crosses a process border.

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Value of the Authorization header; undefined sends none. */
  readonly authorization: string | undefined;
}

export interface RequestText {
  /** Everything up to the body's last byte, as it goes over the wire. */
  readonly bytes: Uint8Array;
  readonly isHead: boolean;
  readonly expectedStatus: number;
}

/** Sends the requests in turn over each connection, until the time or the number is used up. */
export interface RequestsJob {
  readonly kind: 'requests';
  readonly address: Address;
  readonly requests: readonly RequestText[];
  readonly connections: number;
  readonly durationMs?: number;
  readonly count?: number;
  /** Reads from a socket at a time; large for large bodies. */
  readonly readBytes?: number;
}

/** Makes layers that nobody has pushed yet: incompressible, each of its own. Nothing is sent. */
export interface MakeLayersJob {
  readonly kind: 'make-layers';
  readonly count: number;
  readonly sizeBytes: number;
}

export interface MadeLayer {
  readonly id: number;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** `monolithic`: one PUT. `streamed`: one PATCH without a length, as docker does. `chunked`: a PATCH each 16 MiB. */
export type PushStyle = 'monolithic' | 'streamed' | 'chunked';

export interface PushLayersJob {
  readonly kind: 'push-layers';
  readonly address: Address;
  readonly repository: string;
  readonly layers: readonly MadeLayer[];
  readonly style: PushStyle;
  /** How many layers are on their way at once. */
  readonly connections: number;
}

/** Each image is a configuration, one layer and a manifest under a tag, pushed as docker does. */
export interface PushImagesJob {
  readonly kind: 'push-images';
  readonly address: Address;
  readonly repository: string;
  readonly layers: readonly MadeLayer[];
  readonly tagPrefix: string;
  readonly connections: number;
}

/** Connections that have sent one request and then wait. */
export interface IdleJob {
  readonly kind: 'idle';
  readonly address: Address;
  readonly connections: number;
}

export interface CloseIdleJob {
  readonly kind: 'close-idle';
}

/** Every connection takes the whole answer, at no more than so many bytes a second. */
export interface SlowReadersJob {
  readonly kind: 'slow-readers';
  readonly address: Address;
  readonly request: RequestText;
  readonly connections: number;
  readonly bytesPerSecond: number;
}

export type LoadJob =
  | RequestsJob
  | MakeLayersJob
  | PushLayersJob
  | PushImagesJob
  | IdleJob
  | CloseIdleJob
  | SlowReadersJob;

export interface LoadResult {
  /** Requests answered as expected; anything else fails the job. */
  readonly requests: number;
  /** Bytes of bodies, both ways. */
  readonly bytes: number;
  readonly wallMs: number;
  /** CPU of the load generator itself, user and system. */
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly layers?: readonly MadeLayer[];
}
