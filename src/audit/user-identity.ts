// Who called, as CloudTrail's userIdentity spells it (events-audit.md §3).

import type { Caller, Principal, PrincipalKind, Session } from '#core/caller.ts';

const types: Readonly<Record<PrincipalKind, string>> = {
  root: 'Root',
  user: 'IAMUser',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  'web-identity': 'WebIdentityUser',
  service: 'AWSService',
};

// The same principal object stands for the same facts (CredentialSource, Sessions): the hot path finds its text here.
const spelt = new WeakMap<Principal, { readonly accessKeyId: string; readonly json: string }>();

/** The JSON of userIdentity; `{"type":"Unknown"}` while nobody was identified. */
export function userIdentityJson(caller: Caller | undefined): string {
  if (caller === undefined) return '{"type":"Unknown"}';
  if (caller.via !== undefined && caller.principal.kind !== 'service') {
    return JSON.stringify({ ...userIdentity(caller.principal, caller.accessKeyId), invokedBy: invokerOf(caller.via) });
  }
  const known = spelt.get(caller.principal);
  if (known !== undefined && known.accessKeyId === caller.accessKeyId) return known.json;
  const json = JSON.stringify(userIdentity(caller.principal, caller.accessKeyId));
  spelt.set(caller.principal, { accessKeyId: caller.accessKeyId, json });
  return json;
}

/** A service is named without its region. */
function invokerOf(service: string): string {
  return service.replace(/\.[a-z0-9-]+\.amazonaws\.com$/, '.amazonaws.com');
}

type Members = Readonly<Record<string, unknown>>;

function userIdentity(principal: Principal, accessKeyId: string): Members {
  const { kind, accountId, arn, principalId, userName, session } = principal;
  const type = types[kind];
  if (kind === 'service') return { type, invokedBy: principalId };
  // Its ARN is that of the provider that vouches for it; it has neither key nor account.
  if (kind === 'web-identity') return { type, principalId, userName, identityProvider: arn };
  return {
    type,
    principalId: kind === 'root' ? accountId : principalId,
    arn,
    accountId,
    accessKeyId,
    ...(userName === undefined ? {} : { userName }),
    ...(session === undefined ? {} : { sessionContext: sessionContext(principal, session) }),
  };
}

function sessionContext(principal: Principal, session: Session): Members {
  const { issuedAtMs, mfaAtMs, sourceIdentity, federatedProvider, tokenId } = session;
  const issuer = sessionIssuer(principal, session);
  const creationDate = `${new Date(issuedAtMs).toISOString().slice(0, 19)}Z`;
  return {
    ...(issuer === undefined ? {} : { sessionIssuer: issuer }),
    ...(federatedProvider === undefined ? {} : { webIdFederationData: { federatedProvider, attributes: {} } }),
    attributes: { creationDate, mfaAuthenticated: String(mfaAtMs !== undefined) },
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    // Ours: which of its maker's scoped registry tokens it was.
    ...(tokenId === undefined ? {} : { registryTokenId: tokenId }),
  };
}

/** Whose rights the session has. A user's own session has nobody else's. */
function sessionIssuer({ kind, accountId }: Principal, { role, user }: Session): Members | undefined {
  if (role !== undefined) {
    return { type: 'Role', principalId: role.roleId, arn: role.arn, accountId, userName: role.name };
  }
  if (user !== undefined) {
    return { type: 'IAMUser', principalId: user.userId, arn: user.arn, accountId, userName: user.name };
  }
  if (kind !== 'federated-user') return undefined;
  return { type: 'Root', principalId: accountId, arn: `arn:aws:iam::${accountId}:root`, accountId };
}
