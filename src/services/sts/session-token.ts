// GetSessionToken: a user's own temporary credentials, with MFA when a code comes along.

import type * as Sts from '@aws-sdk/client-sts';
import { limits } from '#core/limits.ts';
import { operation } from '#wire/sdk.ts';
import { hasCode, useCode } from './mfa.ts';
import { beginSession, issueCredentials } from './new-session.ts';
import type { StsRooms } from './rooms.ts';

const action = 'sts:GetSessionToken';

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html. Needs nothing: it is how a user shows
 * MFA, and the session may do no more than the user. Only long-term keys get here (`admit`).
 */
export const getSessionToken = operation<typeof Sts, 'GetSessionToken', StsRooms>({
  kind: 'write',
  needs: () => [],
  audit: { readOnly: true },
  errors: ['validation-failed'],
  async handle(input, caller, rooms) {
    await useCode(action, input, caller, rooms);
    const { principal } = caller;
    const beginning = beginSession(caller, secondsOf(principal.kind === 'root', input.DurationSeconds), rooms);
    const session = hasCode(input) ? { ...beginning, mfaAtMs: beginning.issuedAtMs } : beginning;
    return issueCredentials(rooms, principal, session, input);
  },
});

/** A root user who asks for longer gets an hour. */
function secondsOf(isRoot: boolean, asked: number = limits.sessionSecondsDefault): number {
  return isRoot ? Math.min(asked, limits.rootSessionSecondsMax) : asked;
}
