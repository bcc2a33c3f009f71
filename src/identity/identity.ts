// Who calls: the three proofs that Sallyport takes, behind one interface.

import type { Call } from '#core/caller.ts';
import { headerOf, type Request } from '#core/message.ts';
import { openAcquaintances } from './acquaintances.ts';
import { openSessions, type Sessions } from './sessions.ts';
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
  /** Makes temporary credentials; a signature by them is proved by `bySignature`. */
  readonly sessions: Sessions['issuer'];
  /** The principal that has proved itself with this credential before: to order work, never to let in. */
  recognise(request: Request, call: Call): string | undefined;
}

export interface IdentityOptions extends TokenOptions {
  readonly servedRegions: ReadonlySet<string>;
}

export function openIdentity(options: IdentityOptions): Identity {
  const { issuer, byRegistryToken, byDownloadToken, principalIdOf } = openTokens(options);
  const sessions = openSessions(options.tokenSecret, options.random);
  const verify = openSignatureVerifier({ ...options, sessions });
  const acquaintances = openAcquaintances();
  return {
    async bySignature(request, call, scope) {
      const caller = await verify(request, call, scope);
      acquaintances.meet(caller);
      return caller;
    },
    byRegistryToken,
    byDownloadToken,
    tokens: issuer,
    sessions: sessions.issuer,
    recognise: (request, call) =>
      principalIdOf(headerOf(request.headers, 'authorization')) ?? acquaintances.recognise(request, call),
  };
}
