// What STS's handlers are given.

import type { Clock } from '#core/clock.ts';
import type { MfaCheck } from '#core/ports/mfa-check.ts';
import type { RoleDirectory } from '#core/ports/role-directory.ts';
import type { SessionIssuer } from '#core/ports/session-issuer.ts';
import type { TokenVerifier } from './web-identity/verifier.ts';

export interface StsRooms {
  /** The account that an access key id says it belongs to. */
  readonly accountOfAccessKeyId: (accessKeyId: string) => string | undefined;
  readonly sessions: SessionIssuer;
  readonly roles: RoleDirectory;
  /** Of web identity tokens. */
  readonly verifier: TokenVerifier;
  readonly mfa: MfaCheck;
  readonly clock: Clock;
}
