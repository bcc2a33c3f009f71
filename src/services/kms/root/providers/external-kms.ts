// What the provider `aws-kms` needs of whoever calls the other KMS, and what its refusals mean in words.

import { RootSealedError } from '../provider.ts';

type Members = Readonly<Record<string, unknown>>;

/** One signed call. Throws RootSealedError when nothing usable is answered, and KmsRefusal when it is refused. */
export type CallKms = (operation: 'Encrypt' | 'Decrypt', input: Members, signal?: AbortSignal) => Promise<Members>;

/** The KMS has answered, and does not do it. The message is a sentence for who runs the site. */
export class KmsRefusal extends Error {
  /** `DisabledException`; letters only. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const its = 'The external KMS that keeps the root key';
const key = 'The key of the external KMS that keeps the root key';
const otherKey = `${key} does not open it: it is another key, or this is another site's root key.`;
const strangers = `${its} does not accept the credentials of this site.`;

const sentences: Readonly<Record<string, string>> = {
  AccessDeniedException: `${its} refuses this site.`,
  DependencyTimeoutException: `${its} cannot answer now.`,
  DisabledException: `${key} is disabled, or is to be deleted.`,
  ExpiredTokenException: strangers,
  IncompleteSignatureException: strangers,
  IncorrectKeyException: otherKey,
  InvalidCiphertextException: otherKey,
  InvalidKeyUsageException: `${key} is none that encrypts.`,
  InvalidSignatureException: strangers,
  KMSInternalException: `${its} cannot answer now.`,
  KMSInvalidStateException: `${key} cannot be used in its state.`,
  KeyUnavailableException: `${key} cannot be reached by it.`,
  MissingAuthenticationTokenException: strangers,
  NotFoundException: `${its} has no such key.`,
  ServiceUnavailableException: `${its} cannot answer now.`,
  ThrottlingException: `${its} cannot answer now.`,
  UnrecognizedClientException: strangers,
};

/** A refusal may be over later, whichever it is: keys are enabled again, and rights are given back. */
export function sealedBy({ code, message }: KmsRefusal): RootSealedError {
  return new RootSealedError(sentences[code] ?? `${its} refuses what it is asked.`, message);
}
