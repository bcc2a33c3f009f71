// GetFederationToken: credentials for somebody that only the calling user knows, limited by what it says of him.

import type * as Sts from '@aws-sdk/client-sts';
import type { Caller, Principal, Session } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { need } from '#core/need.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { beginSession, issueCredentials } from './new-session.ts';
import type { StsRooms } from './rooms.ts';
import { packedSize, sessionPolicies } from './session-policies.ts';
import { sessionTags } from './session-tags.ts';

type Input = InputOf<typeof Sts, 'GetFederationToken'>;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html. Only long-term keys get here. */
export const getFederationToken = operation<typeof Sts, 'GetFederationToken', StsRooms>({
  kind: 'write',
  needs(input, caller) {
    const arn = federatedArn(caller, input.Name);
    const { Tags: requestTags = [] } = input;
    const tagging = requestTags.length === 0 ? [] : [need('sts:TagSession', arn, { requestTags })];
    return [need('sts:GetFederationToken', arn, { requestTags }), ...tagging];
  },
  audit: { readOnly: true },
  errors: ['validation-failed', 'malformed-policy', 'packed-policy-too-large'],
  async handle(input, caller, rooms) {
    const { accountId } = caller;
    const session: Session = {
      ...beginSession(caller, secondsOf(input, caller), rooms),
      ...userOf(caller.principal),
      ...(await sessionPolicies(input, accountId, rooms)),
      ...sessionTags(input, undefined),
    };
    const size = packedSize(rooms, session);
    const principalId = `${accountId}:${input.Name}`;
    const arn = federatedArn(caller, input.Name);
    const principal: Principal = { kind: 'federated-user', accountId, arn, principalId };
    const FederatedUser = { FederatedUserId: principalId, Arn: arn };
    return { ...issueCredentials(rooms, principal, session, input), FederatedUser, ...size };
  },
});

function federatedArn({ accountId }: Caller, name: string): string {
  return `arn:aws:sts::${accountId}:federated-user/${name}`;
}

function secondsOf({ DurationSeconds = limits.sessionSecondsDefault }: Input, { principal }: Caller): number {
  return principal.kind === 'root' ? Math.min(DurationSeconds, limits.rootSessionSecondsMax) : DurationSeconds;
}

/** Without one the federated user acts for the root user. */
function userOf({ kind, principalId, arn, userName }: Principal): Pick<Session, 'user'> {
  if (kind !== 'user' || userName === undefined) return {};
  return { user: { userId: principalId, arn, name: userName } };
}
