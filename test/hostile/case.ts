// A case of hostile input as data: what is sent at which door, and what has to come back.

export type DoorName = 'ecr' | 'iam' | 'sts' | 'oci' | 'download' | 'socket' | 'management';

/** Whose credential goes with a request; anything else is taken as the Authorization header itself. */
export type Sender = 'administrator' | 'member' | 'nobody' | 'deleted' | 'other-account' | 'none' | { header: string };

/** How a signature differs from an honest one. */
export interface SignatureChange {
  readonly region?: string;
  readonly service?: string;
  /** Signed as if it were this much later. */
  readonly laterMs?: number;
  /** `yyyymmdd` of the credential scope alone. */
  readonly scopeDate?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Headers that are signed; host, x-amz-date and x-amz-target when left out. */
  readonly signedHeaders?: readonly string[];
  /** What is sent instead of what was signed. */
  readonly sentBody?: string;
  readonly sentPath?: string;
  readonly sentHeaders?: Readonly<Record<string, string>>;
  /** Seconds; the signature goes into the query. */
  readonly presignedSeconds?: number;
  /** Replaces the first match of a pattern in the Authorization header, or in the query of a presigned request. */
  readonly replace?: readonly [pattern: string, replacement: string];
}

/** `{repository}`, `{digest}`, `{layer}`, `{upload}`, `{download}`, `{host}` in path and text bodies are filled in. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly as?: Sender;
  /** The request is signed for this service. */
  readonly signedFor?: 'ecr' | 'iam' | 'sts';
  readonly signature?: SignatureChange;
  /** Announces this many bytes, whatever the body has. */
  readonly declaredBytes?: number;
}

/** Bytes as they go over the wire, with the same places to fill in; a number is a pause in milliseconds. */
export interface RawRequest {
  readonly pieces: ReadonlyArray<string | Buffer | number>;
  /** What the client does when it has sent them; it waits for the answer when left out. */
  readonly afterwards?: 'end' | 'vanish';
  readonly to?: 'registry' | 'management';
}

export interface Expectation {
  /** Any of these; 0 means no answer at all. */
  readonly status: number | readonly number[];
  /** Any of these, spelt in the door's own shape. */
  readonly code?: string | readonly string[];
  /** `json`, `xml` and `oci` errors; by the door when left out. */
  readonly shape?: 'json' | 'xml' | 'oci' | 'text';
  /** The server must end the connection. */
  readonly closes?: boolean;
  /** How many answers the connection gives; one when left out. */
  readonly answers?: number;
  /** 1000 when left out. */
  readonly withinMs?: number;
  /** What is sent is allowed to change something. */
  readonly mayChange?: boolean;
  /** Headers the answer must have; null for those it must not have. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

export interface HostileCase {
  readonly door: DoorName;
  readonly name: string;
  readonly send: HttpRequest | RawRequest;
  readonly expect: Expectation;
}

export function isRaw(send: HttpRequest | RawRequest): send is RawRequest {
  return 'pieces' in send;
}
