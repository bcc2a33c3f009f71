// How the OCI door spells errors: one table for `oci.mode: strict` (the specification), one for `ecr` (what ECR does).

import type { CorridorErrorKind, RegistryErrorKind } from '#core/errors.ts';
import type { ErrorSpelling } from '#core/operation.ts';

export type OciMode = 'strict' | 'ecr';

type Spellings = Readonly<Record<RegistryErrorKind | CorridorErrorKind, ErrorSpelling>>;

const strict: Spellings = {
  'invalid-parameter': { code: 'UNSUPPORTED', status: 400 },
  'invalid-next-token': { code: 'UNSUPPORTED', status: 400 },
  'invalid-resource-tag': { code: 'UNSUPPORTED', status: 400 },
  'too-many-resource-tags': { code: 'UNSUPPORTED', status: 400 },
  'repository-name-invalid': { code: 'NAME_INVALID', status: 400 },
  'repository-not-found': { code: 'NAME_UNKNOWN', status: 404 },
  'repository-already-exists': { code: 'NAME_INVALID', status: 400 },
  'repository-not-empty': { code: 'UNSUPPORTED', status: 400 },
  'repository-policy-not-found': { code: 'UNSUPPORTED', status: 404 },
  'policy-invalid': { code: 'UNSUPPORTED', status: 400 },
  'kms-unavailable': { code: 'DENIED', status: 403 },
  'tag-invalid': { code: 'MANIFEST_INVALID', status: 400 },
  'tag-immutable': { code: 'TAG_INVALID', status: 400 },
  'too-many-tag-parameters': { code: 'UNSUPPORTED', status: 414 },
  'digest-invalid': { code: 'DIGEST_INVALID', status: 400 },
  'manifest-invalid': { code: 'MANIFEST_INVALID', status: 400 },
  'manifest-too-large': { code: 'SIZE_INVALID', status: 413 },
  'image-not-found': { code: 'MANIFEST_UNKNOWN', status: 404 },
  'image-already-exists': { code: 'TAG_INVALID', status: 400 },
  'image-digest-mismatch': { code: 'DIGEST_INVALID', status: 400 },
  'image-referenced': { code: 'UNSUPPORTED', status: 405 },
  'precondition-failed': { code: 'DENIED', status: 412 },
  'layers-missing': { code: 'MANIFEST_BLOB_UNKNOWN', status: 404 },
  'images-missing': { code: 'MANIFEST_BLOB_UNKNOWN', status: 404 },
  'layer-not-found': { code: 'BLOB_UNKNOWN', status: 404 },
  'layer-inaccessible': { code: 'BLOB_UNKNOWN', status: 404 },
  'layer-already-exists': { code: 'BLOB_UPLOAD_INVALID', status: 400 },
  'layer-digest-mismatch': { code: 'DIGEST_INVALID', status: 400 },
  'layer-part-too-small': { code: 'SIZE_INVALID', status: 400 },
  'layer-part-invalid': { code: 'BLOB_UPLOAD_INVALID', status: 416 },
  'upload-empty': { code: 'BLOB_UPLOAD_INVALID', status: 400 },
  'upload-not-found': { code: 'BLOB_UPLOAD_UNKNOWN', status: 404 },
  'upload-size-invalid': { code: 'SIZE_INVALID', status: 400 },
  'range-not-satisfiable': { code: 'UNSUPPORTED', status: 416 },
  'limit-exceeded': { code: 'TOOMANYREQUESTS', status: 429 },
  unsupported: { code: 'UNSUPPORTED', status: 405 },
  'missing-authentication': { code: 'UNAUTHORIZED', status: 401 },
  'incomplete-signature': { code: 'UNAUTHORIZED', status: 401 },
  'unrecognized-client': { code: 'UNAUTHORIZED', status: 401 },
  'invalid-signature': { code: 'UNAUTHORIZED', status: 401 },
  'expired-token': { code: 'UNAUTHORIZED', status: 401 },
  'registry-token-invalid': { code: 'UNAUTHORIZED', status: 401 },
  'registry-token-expired': { code: 'UNAUTHORIZED', status: 401 },
  'access-denied': { code: 'DENIED', status: 403 },
  'unknown-operation': { code: 'UNSUPPORTED', status: 405 },
  'malformed-request': { code: 'UNSUPPORTED', status: 400 },
  'request-too-large': { code: 'SIZE_INVALID', status: 413 },
  'request-incomplete': { code: 'BLOB_UPLOAD_INVALID', status: 400 },
  'not-found': { code: 'UNSUPPORTED', status: 404 },
  'method-not-allowed': { code: 'UNSUPPORTED', status: 405 },
  throttled: { code: 'TOOMANYREQUESTS', status: 429 },
  'audit-unavailable': { code: 'UNKNOWN', status: 503 },
  'storage-unavailable': { code: 'UNKNOWN', status: 503 },
  internal: { code: 'UNKNOWN', status: 500 },
};

/** ecr-dataplane.md §3: what differs from the specification. */
const ecr: Spellings = {
  ...strict,
  'invalid-parameter': { code: 'UNSUPPORTED', status: 405 },
  'invalid-next-token': { code: 'UNSUPPORTED', status: 405 },
  'manifest-invalid': { code: 'UNSUPPORTED', status: 405 },
  'tag-invalid': { code: 'UNSUPPORTED', status: 405 },
  'layers-missing': { code: 'BLOB_UPLOAD_UNKNOWN', status: 404 },
  'registry-token-expired': { code: 'DENIED', status: 403 },
  'layer-part-too-small': { code: 'BLOB_UPLOAD_INVALID', status: 400 },
};

const tables: Readonly<Record<OciMode, Spellings>> = { strict, ecr };

/** Code and HTTP status of any kind that can reach this door. */
export function ociErrors(mode: OciMode): Spellings {
  return tables[mode];
}
