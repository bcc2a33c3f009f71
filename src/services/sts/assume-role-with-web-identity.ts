// AssumeRoleWithWebIdentity: whoever an OIDC provider of the account vouches for becomes a session of a role.

import type * as Sts from '@aws-sdk/client-sts';
import { type AccountId, parseAccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { Call, Caller, Principal, Session } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { type NeedContext, need } from '#core/need.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { beginSession, issueCredentials, roleSession } from './new-session.ts';
import { denied, invalid } from './refusals.ts';
import type { StsRooms } from './rooms.ts';
import { packedSize, sessionPolicies } from './session-policies.ts';
import { sessionTags } from './session-tags.ts';
import { conditionKeys, issuerName } from './web-identity/claims.ts';
import { readToken, type SentToken } from './web-identity/token.ts';
import { wishesIn } from './web-identity/wishes.ts';

type Input = InputOf<typeof Sts, 'AssumeRoleWithWebIdentity'>;

const action = 'sts:AssumeRoleWithWebIdentity';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export const assumeRoleWithWebIdentity = operation<typeof Sts, 'AssumeRoleWithWebIdentity', StsRooms>({
  kind: 'write',
  prove: proveByToken,
  /** The trust policy of the role decides, by the claims; for a role that does not exist nothing does. */
  needs({ RoleArn, RoleSessionName, WebIdentityToken }) {
    const token = readToken(WebIdentityToken);
    const claims = conditionKeys(token);
    const { Tags: requestTags, TransitiveTagKeys, sourceIdentity } = wishesIn(token);
    const context: NeedContext = {
      ...claims,
      'sts:RoleSessionName': RoleSessionName,
      ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
      ...(TransitiveTagKeys.length === 0 ? {} : { 'sts:TransitiveTagKeys': TransitiveTagKeys }),
      ...need(action, RoleArn, { requestTags }).context,
    };
    const actions = [
      action,
      ...(requestTags.length === 0 ? [] : ['sts:TagSession']),
      ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
    ];
    return actions.map((name) => ({ action: name, resource: RoleArn, context }));
  },
  audit: { readOnly: true },
  errors: [
    'validation-failed',
    'malformed-policy',
    'packed-policy-too-large',
    'identity-token-invalid',
    'identity-token-expired',
    'identity-provider-unreachable',
  ],
  async handle(input, caller, rooms) {
    const { RoleArn, RoleSessionName, WebIdentityToken } = input;
    const role = await rooms.roles.findRole(RoleArn);
    if (role === undefined) throw denied(action, RoleArn, `Not authorized to perform ${action}`);
    const token = readToken(WebIdentityToken);
    const { sourceIdentity, ...tags } = wishesIn(token);
    const session: Session = {
      ...beginSession(caller, secondsOf(input, role.maxSessionSeconds), rooms),
      role: { roleId: role.roleId, arn: role.arn, name: role.name },
      federatedProvider: caller.principal.arn,
      conditionKeys: lastingKeys(token),
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      ...(await sessionPolicies(input, role.accountId, rooms)),
      ...sessionTags(tags, undefined),
    };
    const size = packedSize(rooms, session);
    const principal = roleSession(role, RoleSessionName);
    return {
      ...issueCredentials(rooms, principal, session, input),
      AssumedRoleUser: { AssumedRoleId: principal.principalId, Arn: principal.arn },
      SubjectFromWebIdentityToken: String(token.claims['sub']),
      Audience: String(conditionKeys(token)[`${issuerName(token.issuer)}:aud`]),
      Provider: caller.principal.arn,
      ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
      ...size,
    };
  },
});

/** The provider must be one of the account that the role's ARN names. */
async function proveByToken({ RoleArn, WebIdentityToken, ProviderId }: Input, call: Call, rooms: StsRooms) {
  if (ProviderId !== undefined) throw invalid('ProviderId is for OAuth 2.0 access tokens, which are not served.');
  const accountId = accountOfRole(RoleArn);
  const { provider, subject, audience, issuedAtMs } = await rooms.verifier.verify(WebIdentityToken, accountId);
  const principal: Principal = {
    kind: 'web-identity',
    accountId,
    arn: provider.arn,
    principalId: `${provider.arn}:${audience}:${subject}`,
    userName: subject,
  };
  const caller: Caller = {
    principal,
    accountId,
    region: call.registry.region,
    accessKeyId: '',
    credential: 'web-identity',
    call,
    tokenIssuedAtMs: issuedAtMs,
  };
  return caller;
}

function accountOfRole(roleArn: string): AccountId {
  const { service, accountId = '', resource = '' } = parseArn(roleArn) ?? {};
  const account = parseAccountId(accountId);
  if (service !== 'iam' || account === undefined || !resource.startsWith('role/')) {
    throw invalid(`${roleArn} is invalid`);
  }
  return account;
}

function secondsOf({ DurationSeconds = limits.roleSessionSecondsDefault }: Input, maxSeconds: number): number {
  if (DurationSeconds <= maxSeconds) return DurationSeconds;
  throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
}

/** Of the claims the session keeps who it is for and for whom: policies can go on to ask for these. */
function lastingKeys(token: SentToken): Readonly<Record<string, string | readonly string[]>> {
  const kept = new Set(['sub', 'aud', 'oaud', 'amr'].map((claim) => `${issuerName(token.issuer)}:${claim}`));
  return Object.fromEntries(Object.entries(conditionKeys(token)).filter(([key]) => kept.has(key)));
}
