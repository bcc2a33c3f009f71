// Who calls: the three proofs that Sallyport takes, behind one interface.

import { openSignatureVerifier, type VerifySignature } from './signature-v4.ts';
import { openTokens, type TokenOptions, type Tokens } from './tokens.ts';

export interface Identity {
  /** A SigV4 signature in header or query; reads the body to check its hash. */
  readonly bySignature: VerifySignature;
  /** HTTP Basic with user `AWS` and a registry token. */
  readonly byRegistryToken: Tokens['byRegistryToken'];
  /** The token in the path of a signed download URL. */
  readonly byDownloadToken: Tokens['byDownloadToken'];
  readonly tokens: Tokens['issuer'];
}

export interface IdentityOptions extends TokenOptions {
  readonly servedRegions: ReadonlySet<string>;
}

export function openIdentity(options: IdentityOptions): Identity {
  const { issuer, byRegistryToken, byDownloadToken } = openTokens(options);
  return { bySignature: openSignatureVerifier(options), byRegistryToken, byDownloadToken, tokens: issuer };
}
