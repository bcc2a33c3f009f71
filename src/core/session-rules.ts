// What kind of credentials a session is, and what it may therefore never call (iam.md §7).

import type { Principal } from './caller.ts';

/** Made by GetSessionToken: the session of a user, or of root, itself. */
export function isOwnSession({ kind, session }: Principal): boolean {
  return session !== undefined && (kind === 'user' || kind === 'root');
}

/** IAM is closed to federated users, and to sessions of a user that were made without MFA. */
export function mayCallIam(principal: Principal): boolean {
  if (principal.kind === 'federated-user') return false;
  return !isOwnSession(principal) || principal.session?.mfaAtMs !== undefined;
}

/** Of STS sessions of users may only go on to a role, and federated users nowhere. */
export function mayCallSts(principal: Principal, operation: string): boolean {
  if (principal.session === undefined || operation === 'GetCallerIdentity') return true;
  if (operation === 'GetSessionToken' || operation === 'GetFederationToken') return false;
  if (principal.kind === 'federated-user') return false;
  return !isOwnSession(principal) || operation === 'AssumeRole';
}
