// The condition context: what a policy may ask about a request. Values are computed only when a policy reads them.

import type { Caller, Principal, PrincipalKind } from '#core/caller.ts';
import type { Need } from '#core/need.ts';
import { roleNameOf } from './principals.ts';

/** Several values for keys that have several; an empty list counts as missing. */
export type ContextValue = string | readonly string[];

export interface ConditionContext {
  /** The value of a condition key, given in lower case; undefined when the request has none. */
  get(key: string): ContextValue | undefined;
}

export interface ContextFacts {
  /** The resource's owner; the caller's own account when left out. */
  readonly resourceAccountId?: string | undefined;
  readonly resourceTags?: Tags | undefined;
  /** Further condition keys that follow from the resource; the request's own values come before them. */
  readonly resourceContext?: Readonly<Record<string, string>> | undefined;
  readonly principalTags?: Tags | undefined;
  /** The organisation that the principal's account, and the resource's, is a member of. */
  readonly principalOrganization?: Organization | undefined;
  readonly resourceOrganization?: Organization | undefined;
  /** The VPC of the endpoint that the call came through. */
  readonly vpcId?: string | undefined;
}

type Tags = Readonly<Record<string, string>>;

interface Organization {
  readonly id: string;
  readonly path: string;
}

interface Request {
  readonly caller: Caller;
  readonly facts: ContextFacts;
  readonly need: Need;
  readonly nowMs: number;
}

type Source = (request: Request) => ContextValue | undefined;

/** Keys whose values follow from who asks for what on which resource, and from the facts of both. */
const settledKeys: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['aws:principalarn', ({ caller }) => principalArn(caller.principal)],
  ['aws:principalaccount', ({ caller }) => caller.accountId],
  ['aws:principaltype', ({ caller }) => principalTypes[caller.principal.kind]],
  ['aws:principalisawsservice', ({ caller }) => String(caller.principal.kind === 'service')],
  [
    'aws:principalservicename',
    ({ caller }) => (caller.principal.kind === 'service' ? caller.principal.arn : undefined),
  ],
  ['aws:userid', ({ caller }) => (caller.principal.kind === 'root' ? caller.accountId : caller.principal.principalId)],
  ['aws:username', ({ caller }) => (caller.principal.kind === 'user' ? caller.principal.userName : undefined)],
  ['aws:resourceaccount', ({ caller, facts }) => facts.resourceAccountId ?? caller.accountId],
  ['aws:principalorgid', ({ facts }) => facts.principalOrganization?.id],
  ['aws:principalorgpaths', ({ facts }) => pathsOf(facts.principalOrganization)],
  ['aws:resourceorgid', ({ facts }) => facts.resourceOrganization?.id],
  ['aws:resourceorgpaths', ({ facts }) => pathsOf(facts.resourceOrganization)],
]);

/** Keys that the same principal may bring with other values in its next call. */
const varyingKeys: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['aws:requestedregion', ({ caller }) => caller.region],
  ['aws:currenttime', ({ nowMs }) => new Date(nowMs).toISOString()],
  ['aws:epochtime', ({ nowMs }) => String(Math.floor(nowMs / 1000))],
  ['aws:securetransport', ({ caller }) => String(caller.call.secureTransport)],
  ['aws:useragent', ({ caller }) => caller.call.userAgent || undefined],
  // A service that acts for itself is nobody's go-between.
  ['aws:viaawsservice', ({ caller }) => String(caller.via !== undefined && caller.principal.kind !== 'service')],
  ['aws:sourceip', ({ caller: { call } }) => (call.endpointId === undefined ? call.sourceAddress : undefined)],
  ['aws:vpcsourceip', ({ caller: { call } }) => (call.endpointId === undefined ? undefined : call.sourceAddress)],
  ['aws:sourcevpce', ({ caller }) => caller.call.endpointId],
  ['aws:sourcevpc', ({ facts }) => facts.vpcId],
  ['aws:multifactorauthpresent', mfaPresent],
  ['aws:multifactorauthage', mfaAge],
  ['aws:tokenissuetime', tokenIssueTime],
  ['aws:sourceidentity', ({ caller }) => caller.principal.session?.sourceIdentity],
  ['aws:federatedprovider', ({ caller: { principal } }) => federatedProvider(principal)],
]);

const principalTypes: Readonly<Record<PrincipalKind, string>> = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  'web-identity': 'FederatedUser',
  service: 'Service',
};

const resourceTag = ':resourcetag/';
const principalTag = 'aws:principaltag/';

/** True for a key, in lower case, whose value follows from principal, action, resource and the facts of both. */
export function isSettledKey(key: string): boolean {
  return settledKeys.has(key) || key.startsWith(principalTag) || key.includes(resourceTag);
}

/** The context of one need of a call. `nowMs` is epoch milliseconds. */
export function globalContext(caller: Caller, facts: ContextFacts, need: Need, nowMs: number): ConditionContext {
  const request = { caller, facts, need, nowMs };
  return {
    get(key) {
      const source = settledKeys.get(key) ?? varyingKeys.get(key);
      if (source !== undefined) return source(request);
      if (key.startsWith(principalTag)) return facts.principalTags && lookUp(facts.principalTags, key, principalTag);
      const at = key.indexOf(resourceTag);
      if (at < 0) return requestValue(request, key);
      const prefix = key.slice(0, at);
      if (facts.resourceTags === undefined || (prefix !== 'aws' && prefix !== serviceOf(need.action))) return undefined;
      return lookUp(facts.resourceTags, key, `${prefix}${resourceTag}`);
    },
  };
}

/**
 * What the request itself says, then what follows from the resource, then what stays with the session: the claims of a
 * web identity.
 */
function requestValue({ need, facts, caller }: Request, key: string): ContextValue | undefined {
  for (const values of [need.context, facts.resourceContext, caller.principal.session?.conditionKeys]) {
    const value = values && lookUp(values, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A context of given values, under any case of their keys; what it does not have is asked of `fallback`. */
export function conditionContext(
  values: Readonly<Record<string, ContextValue>>,
  fallback?: ConditionContext,
): ConditionContext {
  const known = new Map(Object.entries(values).map(([key, value]) => [key.toLowerCase(), value]));
  return { get: (key) => known.get(key) ?? fallback?.get(key) };
}

/** For a session the role's ARN; the session's own ARN has lost the role's path. */
function principalArn(principal: Principal): string {
  const role = roleNameOf(principal);
  if (role === undefined) return principal.arn;
  return principal.session?.role?.arn ?? `arn:aws:iam::${principal.accountId}:role/${role}`;
}

/** An operation that checks a code now says so in its need; a role's session never carries its maker's MFA. */
function mfaPresent({ caller: { principal }, need }: Request): ContextValue | undefined {
  const shown = need.context && lookUp(need.context, 'aws:multifactorauthpresent');
  if (shown !== undefined || !isTemporary(principal)) return shown;
  return String(mfaAtMs(principal) !== undefined);
}

/** A scoped registry token of a long-term key has a session for its scope alone, and is as long-term as the key. */
function isTemporary({ session }: Principal): boolean {
  return session !== undefined && (session.madeWith !== undefined || session.scope === undefined);
}

function mfaAge({ caller: { principal }, need, nowMs }: Request): ContextValue | undefined {
  const shown = need.context && lookUp(need.context, 'aws:multifactorauthage');
  const atMs = mfaAtMs(principal);
  if (shown !== undefined || atMs === undefined) return shown;
  return String(Math.max(0, Math.floor((nowMs - atMs) / 1000)));
}

function mfaAtMs({ kind, session }: Principal): number | undefined {
  return kind === 'user' || kind === 'root' ? session?.mfaAtMs : undefined;
}

/** A registry token is temporary as well: AWS's idiom to revoke sessions reaches those of long-term keys too. */
function tokenIssueTime({ caller }: Request): string | undefined {
  const issuedAtMs = caller.principal.session?.issuedAtMs ?? caller.tokenIssuedAtMs;
  return issuedAtMs === undefined ? undefined : new Date(issuedAtMs).toISOString();
}

function federatedProvider({ kind, arn, session }: Principal): string | undefined {
  return session?.federatedProvider ?? (kind === 'web-identity' ? arn : undefined);
}

function pathsOf(organization: Organization | undefined): readonly string[] | undefined {
  return organization && [organization.path];
}

/** `ecr:ResourceTag/k` is ECR's own spelling of `aws:ResourceTag/k`, and only for its own actions. */
function serviceOf(action: string): string {
  return action.slice(0, Math.max(0, action.indexOf(':'))).toLowerCase();
}

/**
 * Keys compare without case, so the request's own spelling has to be searched for. Tags that differ by nothing but case
 * give several values, which conditions decide against the caller. `prefix` is what the names of `values` lack.
 */
function lookUp(values: Readonly<Record<string, ContextValue>>, key: string, prefix = ''): ContextValue | undefined {
  const wanted = prefix === '' ? key : key.slice(prefix.length);
  let found: ContextValue | undefined;
  for (const name in values) {
    if (name.length !== wanted.length || name.toLowerCase() !== wanted) continue;
    const value = values[name];
    if (value !== undefined) found = found === undefined ? value : [found, value].flat();
  }
  return found;
}
