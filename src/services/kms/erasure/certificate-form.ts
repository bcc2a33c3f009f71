// What a deletion certificate says, and whether a value read from JSON is one: every member and none beside.

import type { ListCounts, ListedRepository } from './deletion-list.ts';

export const certificateFormat = 'sallyport-deletion-certificate';

/** Where a record stands in the audit log. */
export interface AuditPlace {
  /** `audit` of a site with one process, and of the first of several. */
  readonly chain: string;
  /** The number of its line. */
  readonly sequence: number;
  /** Of the line, line feed included. */
  readonly recordSha256: string;
  readonly eventId: string;
}

/** Times are ISO 8601, in UTC. */
export interface Certificate {
  readonly format: string;
  readonly version: number;
  readonly certificateId: string;
  readonly siteId: string;
  readonly key: {
    readonly arn: string;
    readonly manager: string;
    readonly spec: string;
    readonly usage: string;
    readonly origin: string;
    readonly createdAt: string;
    /** Of all material that it ever had and still had at its end. */
    readonly materialIds: readonly string[];
    readonly materialRemainsIn: readonly string[];
  };
  readonly deletion: {
    readonly cause: string;
    readonly scheduledBy: string | null;
    readonly scheduledAt: string | null;
    readonly requestId: string | null;
    readonly executedAt: string;
  };
  readonly madeUnreadable: ListCounts & {
    readonly list: { readonly sha256: string; readonly bytes: number };
    /** Null where the list is too long to be repeated here. */
    readonly listed: readonly ListedRepository[] | null;
  };
  /** When the last copy of what was destroyed was gone from the files of the database. */
  readonly storage: { readonly engine: string; readonly clearedAt: string };
  readonly audit: AuditPlace;
  readonly issuedAt: string;
  readonly signer: { readonly keyId: string; readonly algorithm: string; readonly publicKey: string };
}

type Test = (value: unknown) => boolean;

const textCharsMax = 4096;

const text =
  (pattern: RegExp): Test =>
  (value) =>
    typeof value === 'string' && value.length <= textCharsMax && pattern.test(value);

/** Printable ASCII: what is shown on a terminal has no say over it. */
const shown = text(/^[ -~]+$/);
const hash = text(/^[0-9a-f]{64}$/);
const time = text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const count: Test = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const exactly =
  (wanted: unknown): Test =>
  (value) =>
    value === wanted;
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);
const list =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);

function structure(members: Readonly<Record<string, Test>>): Test {
  const names = Object.keys(members);
  const tests = new Map(Object.entries(members));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const given = Object.entries(value);
    return given.length === names.length && given.every(([name, member]) => tests.get(name)?.(member) === true);
  };
}

const digests = list(text(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/));

const certificate = structure({
  format: exactly(certificateFormat),
  version: exactly(1),
  certificateId: text(/^dc-[0-9a-f]{28}$/),
  siteId: text(/^[0-9a-f]{16}$/),
  key: structure({
    arn: text(/^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[a-z0-9-]+$/),
    manager: shown,
    spec: shown,
    usage: shown,
    origin: shown,
    createdAt: time,
    materialIds: list(hash),
    materialRemainsIn: list(shown),
  }),
  deletion: structure({
    cause: shown,
    scheduledBy: orNull(shown),
    scheduledAt: orNull(time),
    requestId: orNull(shown),
    executedAt: time,
  }),
  madeUnreadable: structure({
    repositories: count,
    images: count,
    layers: count,
    list: structure({ sha256: hash, bytes: count }),
    listed: orNull(
      list(structure({ arn: shown, id: orNull(count), encryptionType: shown, images: digests, layers: digests })),
    ),
  }),
  storage: structure({ engine: shown, clearedAt: time }),
  audit: structure({ chain: shown, sequence: count, recordSha256: hash, eventId: shown }),
  issuedAt: time,
  signer: structure({ keyId: hash, algorithm: exactly('ed25519'), publicKey: text(/^[ -~\n]+$/) }),
});

export function isCertificate(value: unknown): value is Certificate {
  return certificate(value);
}
