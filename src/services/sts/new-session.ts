// Begins sessions and answers their credentials: what the three operations that make some have in common.

import type { Caller, Principal, Session } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import type { AssumableRole } from '#core/ports/role-directory.ts';
import type { StsRooms } from './rooms.ts';

type Beginning = Pick<Session, 'issuedAtMs' | 'expiresAtMs' | 'sourceAddress' | 'madeWith'>;

export function beginSession(caller: Caller, seconds: number, rooms: Pick<StsRooms, 'clock'>): Beginning {
  const issuedAtMs = rooms.clock.nowMs();
  const expiresAtMs = issuedAtMs + seconds * 1000;
  return { issuedAtMs, expiresAtMs, sourceAddress: caller.call.sourceAddress, madeWith: keysOf(caller) };
}

/** The first stays: whatever came of a leaked key can be ended by it, however often it was passed on. */
function keysOf({ principal, accessKeyId }: Caller): readonly string[] {
  // A web identity has no key.
  const keys = [...(principal.session?.madeWith ?? []), ...(accessKeyId === '' ? [] : [accessKeyId])];
  if (keys.length <= limits.sessionKeysMax) return keys;
  return [...keys.slice(0, 1), ...keys.slice(1 - limits.sessionKeysMax)];
}

/** The session's ARN has lost the role's path. */
export function roleSession({ accountId, roleId, name }: AssumableRole, sessionName: string): Principal {
  return {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${name}/${sessionName}`,
    principalId: `${roleId}:${sessionName}`,
  };
}

/** The members of an answer that tell the credentials of a new session. */
export function issueCredentials(
  rooms: StsRooms,
  principal: Principal,
  session: Session,
  { MinimumSessionTokenSize = 0 }: { readonly MinimumSessionTokenSize?: number },
) {
  const issued = rooms.sessions.issue({ principal, session, tokenCharsMin: MinimumSessionTokenSize });
  const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = issued;
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: new Date(expiresAtMs),
    },
    SessionTokenSize: sessionToken.length,
    SessionTokenUtilization: Math.ceil((sessionToken.length * 100) / limits.tokenBytesMax),
  };
}
