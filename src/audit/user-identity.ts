// Who called, as CloudTrail's userIdentity spells it (events-audit.md §3).

import type { Caller, Principal, PrincipalKind } from '#core/caller.ts';

const types: Readonly<Record<PrincipalKind, string>> = {
  root: 'Root',
  user: 'IAMUser',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  'web-identity': 'WebIdentityUser',
  service: 'AWSService',
};

// The same principal object stands for the same facts (CredentialSource), so the hot path finds its text here.
const spelt = new WeakMap<Principal, { readonly accessKeyId: string; readonly json: string }>();

/** The JSON of userIdentity; `{"type":"Unknown"}` while nobody was identified. */
export function userIdentityJson(caller: Caller | undefined): string {
  if (caller === undefined) return '{"type":"Unknown"}';
  const known = spelt.get(caller.principal);
  if (known !== undefined && known.accessKeyId === caller.accessKeyId) return known.json;
  const json = JSON.stringify(userIdentity(caller.principal, caller.accessKeyId));
  spelt.set(caller.principal, { accessKeyId: caller.accessKeyId, json });
  return json;
}

function userIdentity(principal: Principal, accessKeyId: string): Readonly<Record<string, string>> {
  const type = types[principal.kind];
  if (principal.kind === 'service') return { type, invokedBy: principal.principalId };
  return {
    type,
    principalId: principal.kind === 'root' ? principal.accountId : principal.principalId,
    arn: principal.arn,
    accountId: principal.accountId,
    accessKeyId,
    ...(principal.userName === undefined ? {} : { userName: principal.userName }),
  };
}
