// AssumeRole: the caller becomes a session of a role that trusts it.

import type * as Sts from '@aws-sdk/client-sts';
import { implicitDeny } from '#access/decision.ts';
import { denialText } from '#access/explain.ts';
import type { Caller, Session } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { type Need, type NeedContext, need } from '#core/need.ts';
import type { AssumableRole } from '#core/ports/role-directory.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { mfaContext, requireCode, useCode } from './mfa.ts';
import { beginSession, issueCredentials, roleSession } from './new-session.ts';
import { denied, invalid } from './refusals.ts';
import type { StsRooms } from './rooms.ts';
import { packedSize, sessionPolicies } from './session-policies.ts';
import { inheritedTags, sessionTags } from './session-tags.ts';

type Input = InputOf<typeof Sts, 'AssumeRole'>;

const action = 'sts:AssumeRole';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const assumeRole = operation<typeof Sts, 'AssumeRole', StsRooms>({
  kind: 'write',
  needs: assumeNeeds,
  async furtherNeeds(input, caller, rooms) {
    if (caller.principal.kind === 'root') {
      throw denied(action, input.RoleArn, 'Roles may not be assumed by root accounts.');
    }
    await requireCode(action, input, caller, rooms);
    return [];
  },
  audit: { readOnly: true },
  errors: ['validation-failed', 'malformed-policy', 'packed-policy-too-large'],
  async handle(input, caller, rooms) {
    const role = await rooms.roles.findRole(input.RoleArn);
    if (role === undefined) throw untrusted(input, caller);
    const from = caller.principal.session;
    const sourceIdentity = sourceIdentityOf(input, from);
    const session: Session = {
      ...beginSession(caller, secondsOf(input, caller, role), rooms),
      role: { roleId: role.roleId, arn: role.arn, name: role.name },
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      ...(await sessionPolicies(input, role.accountId, rooms)),
      ...sessionTags(input, from),
    };
    const size = packedSize(rooms, session);
    await useCode(action, input, caller, rooms);
    const principal = roleSession(role, input.RoleSessionName);
    return {
      ...issueCredentials(rooms, principal, session, input),
      AssumedRoleUser: { AssumedRoleId: principal.principalId, Arn: principal.arn },
      ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
      ...size,
    };
  },
});

/** Tags and a source identity must be allowed on top, inherited ones too, by the caller's policies and by the trust. */
function assumeNeeds(input: Input, { principal }: Caller): readonly Need[] {
  const { RoleArn, Tags: requestTags = [], TransitiveTagKeys = [] } = input;
  const sourceIdentity = input.SourceIdentity ?? principal.session?.sourceIdentity;
  const context: NeedContext = {
    'sts:RoleSessionName': input.RoleSessionName,
    ...(input.ExternalId === undefined ? {} : { 'sts:ExternalId': input.ExternalId }),
    ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
    ...(TransitiveTagKeys.length === 0 ? {} : { 'sts:TransitiveTagKeys': TransitiveTagKeys }),
    ...mfaContext(input),
    ...need(action, RoleArn, { requestTags }).context,
  };
  const isTagged = requestTags.length > 0 || Object.keys(inheritedTags(principal.session)).length > 0;
  const actions = [
    action,
    ...(isTagged ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  return actions.map((name) => ({ action: name, resource: RoleArn, context }));
}

/** A role that is not there is told like one that does not trust the caller. */
function untrusted({ RoleArn: resource }: Input, { principal }: Caller) {
  return denied(action, resource, denialText({ action, resource, principal }, implicitDeny('resource-based policy')));
}

function sourceIdentityOf({ SourceIdentity: asked, RoleArn }: Input, from: Session | undefined): string | undefined {
  const inherited = from?.sourceIdentity;
  if (asked === undefined || inherited === undefined || asked === inherited) return asked ?? inherited;
  throw denied('sts:SetSourceIdentity', RoleArn, 'The source identity of a session cannot be changed.');
}

function secondsOf({ DurationSeconds: asked }: Input, { principal }: Caller, role: AssumableRole): number {
  const seconds = asked ?? limits.roleSessionSecondsDefault;
  if (principal.kind === 'assumed-role' && seconds > limits.chainedSessionSecondsMax) {
    const text = 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.';
    throw invalid(text);
  }
  if (seconds > role.maxSessionSeconds) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  return seconds;
}
