// One error class with a closed set of kinds. HTTP appears only in the doors' tables that map the kinds.
// `message` is what the caller is told; `cause` and `log` are for the log only.

/** Refusals of the registry's domain, and what each carries. */
export interface RegistryErrorDetails {
  'invalid-parameter': { readonly parameter: string };
  'invalid-next-token': object;
  'invalid-resource-tag': object;
  'too-many-resource-tags': object;
  'repository-name-invalid': object;
  'repository-not-found': object;
  'repository-already-exists': object;
  'repository-not-empty': object;
  'repository-policy-not-found': object;
  'policy-invalid': object;
  'kms-unavailable': { readonly kmsError: string };
  'tag-invalid': object;
  'tag-immutable': object;
  'too-many-tag-parameters': object;
  'digest-invalid': object;
  'manifest-invalid': object;
  'manifest-too-large': object;
  'image-not-found': object;
  'image-already-exists': object;
  'image-digest-mismatch': object;
  'image-referenced': object;
  'precondition-failed': object;
  'layers-missing': { readonly digests: readonly string[] };
  'images-missing': { readonly digests: readonly string[] };
  'layer-not-found': object;
  'layer-inaccessible': object;
  'layer-already-exists': object;
  'layer-digest-mismatch': object;
  'layer-part-too-small': object;
  'layer-part-invalid': {
    readonly registryId: string;
    readonly repositoryName: string;
    readonly uploadId: string;
    /** Last byte that was received in order; -1 when none was. */
    readonly lastValidByteReceived: number;
  };
  'upload-empty': object;
  'upload-not-found': object;
  'upload-size-invalid': object;
  'range-not-satisfiable': { readonly sizeBytes: number };
  'limit-exceeded': object;
  unsupported: object;
}

/** Refusals of IAM and STS. */
export interface IamErrorDetails {
  'validation-failed': object;
  'invalid-input': object;
  'no-such-entity': object;
  'entity-already-exists': object;
  'delete-conflict': object;
  'entity-limit-exceeded': object;
  'malformed-policy': object;
  'policy-not-attachable': object;
  'invalid-authentication-code': object;
  'password-policy-violation': object;
  'entity-temporarily-unmodifiable': object;
  'report-not-present': object;
  'report-expired': object;
  'unmodifiable-entity': object;
}

/** Refusals of STS alone. */
export interface StsErrorDetails {
  'packed-policy-too-large': object;
  'invalid-authorization-message': object;
  'identity-token-invalid': object;
  'identity-token-expired': object;
  'identity-provider-unreachable': object;
}

/** Refusals of KMS. */
export interface KmsErrorDetails {
  'kms-alias-exists': object;
  'kms-alias-name-invalid': object;
  'kms-arn-invalid': object;
  'kms-ciphertext-invalid': object;
  'kms-dry-run': object;
  'kms-import-token-expired': object;
  'kms-import-token-invalid': object;
  'kms-grant-id-invalid': object;
  'kms-grant-token-invalid': object;
  'kms-incorrect-key': object;
  'kms-key-disabled': object;
  'kms-key-material-incorrect': object;
  'kms-key-not-found': object;
  'kms-key-state-invalid': object;
  'kms-key-unavailable': object;
  'kms-key-usage-invalid': object;
  'kms-limit-exceeded': object;
  'kms-mac-invalid': object;
  'kms-malformed-policy': object;
  'kms-marker-invalid': object;
  'kms-not-authorized': object;
  'kms-replica-exists': object;
  'kms-signature-invalid': object;
  'kms-tag-invalid': object;
  'kms-unsupported': object;
}

/** Refusals of Organizations alone. */
export interface OrganizationsErrorDetails {
  'organizations-not-in-use': object;
  'account-not-found': object;
  'parent-not-found': object;
  'child-not-found': object;
  'organizational-unit-not-found': object;
  'policy-not-found': object;
  'target-not-found': object;
}

/** Refusals of the corridor itself; every wire format spells these its own way (iam.md §8). */
export interface CorridorErrorDetails {
  'missing-authentication': object;
  'incomplete-signature': object;
  'unrecognized-client': object;
  'expired-token': object;
  'invalid-signature': object;
  'registry-token-invalid': object;
  'registry-token-expired': object;
  'access-denied': { readonly action: string; readonly resource: string };
  'unknown-operation': object;
  'malformed-request': object;
  'request-too-large': object;
  'request-incomplete': object;
  'not-found': object;
  'method-not-allowed': object;
  throttled: { readonly retryAfterMs: number };
  'audit-unavailable': object;
  'storage-unavailable': object;
  internal: object;
}

export type RegistryErrorKind = keyof RegistryErrorDetails;
export type IamErrorKind = keyof IamErrorDetails;
export type StsErrorKind = keyof StsErrorDetails;
export type KmsErrorKind = keyof KmsErrorDetails;
export type OrganizationsErrorKind = keyof OrganizationsErrorDetails;
export type CorridorErrorKind = keyof CorridorErrorDetails;

export interface ErrorDetails
  extends RegistryErrorDetails,
    IamErrorDetails,
    StsErrorDetails,
    KmsErrorDetails,
    OrganizationsErrorDetails,
    CorridorErrorDetails {}
export type ErrorKind = keyof ErrorDetails;

/** A refusal with a meaning. Everything else that is thrown is a fault of ours and answered as `internal`. */
export class DomainError<Kind extends ErrorKind = ErrorKind> extends Error {
  readonly kind: Kind;
  readonly details: ErrorDetails[Kind];
  /** For the log only: never sent to a caller. */
  readonly log: string | undefined;

  constructor(
    kind: Kind,
    message: string,
    details: ErrorDetails[Kind],
    options: { readonly cause?: unknown; readonly log?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.kind = kind;
    this.details = details;
    this.log = options.log;
  }
}

/** `Invalid parameter at '<member>' failed to satisfy constraint: '<text>'`, the text ECR uses everywhere. */
export function invalidParameter(parameter: string, constraint: string): DomainError<'invalid-parameter'> {
  const message = `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('invalid-parameter', message, { parameter });
}

/** ECR's words for a page token that is not one of ours. */
export function invalidNextToken(): DomainError<'invalid-next-token'> {
  const message = "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'";
  return new DomainError('invalid-next-token', message, {});
}

/** True for a DomainError of the given kind. */
export function isKind<Kind extends ErrorKind>(error: unknown, kind: Kind): error is DomainError<Kind> {
  return error instanceof DomainError && error.kind === kind;
}
