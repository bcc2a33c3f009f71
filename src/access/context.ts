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
  readonly resourceAccountId?: string;
  readonly resourceTags?: Readonly<Record<string, string>>;
}

interface Request {
  readonly caller: Caller;
  readonly facts: ContextFacts;
  readonly nowMs: number;
}

type Source = (request: Request) => ContextValue | undefined;

/** Keys whose values follow from principal and resource alone. */
const stableKeys: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['aws:principalarn', ({ caller }) => principalArn(caller.principal)],
  ['aws:principalaccount', ({ caller }) => caller.accountId],
  ['aws:principaltype', ({ caller }) => principalTypes[caller.principal.kind]],
  ['aws:principalisawsservice', ({ caller }) => String(caller.principal.kind === 'service')],
  ['aws:userid', ({ caller }) => (caller.principal.kind === 'root' ? caller.accountId : caller.principal.principalId)],
  ['aws:username', ({ caller }) => (caller.principal.kind === 'user' ? caller.principal.userName : undefined)],
  ['aws:resourceaccount', ({ caller, facts }) => facts.resourceAccountId ?? caller.accountId],
]);

/** Keys that the same principal may bring with other values in its next call. */
const volatileKeys: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['aws:requestedregion', ({ caller }) => caller.region],
  ['aws:currenttime', ({ nowMs }) => new Date(nowMs).toISOString()],
  ['aws:epochtime', ({ nowMs }) => String(Math.floor(nowMs / 1000))],
  ['aws:securetransport', ({ caller }) => String(caller.call.secureTransport)],
  ['aws:useragent', ({ caller }) => caller.call.userAgent || undefined],
  ['aws:viaawsservice', () => 'false'],
  ['aws:sourceip', ({ caller: { call } }) => (call.endpointId === undefined ? call.sourceAddress : undefined)],
  ['aws:vpcsourceip', ({ caller: { call } }) => (call.endpointId === undefined ? undefined : call.sourceAddress)],
  ['aws:sourcevpce', ({ caller }) => caller.call.endpointId],
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

/** True for a key, in lower case, whose value follows from principal, action, resource and the resource's tags. */
export function isStableKey(key: string): boolean {
  return stableKeys.has(key) || key.includes(resourceTag);
}

/** The context of one need of a call. `nowMs` is epoch milliseconds. */
export function globalContext(caller: Caller, facts: ContextFacts, need: Need, nowMs: number): ConditionContext {
  const request = { caller, facts, nowMs };
  return {
    get(key) {
      const source = stableKeys.get(key) ?? volatileKeys.get(key);
      if (source !== undefined) return source(request);
      const at = key.indexOf(resourceTag);
      if (at < 0) return need.context && lookUp(need.context, key);
      const prefix = key.slice(0, at);
      if (facts.resourceTags === undefined || (prefix !== 'aws' && prefix !== serviceOf(need.action))) return undefined;
      return lookUp(facts.resourceTags, key.slice(at + resourceTag.length));
    },
  };
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
  return role === undefined ? principal.arn : `arn:aws:iam::${principal.accountId}:role/${role}`;
}

/** `ecr:ResourceTag/k` is ECR's own spelling of `aws:ResourceTag/k`, and only for its own actions. */
function serviceOf(action: string): string {
  return action.slice(0, Math.max(0, action.indexOf(':'))).toLowerCase();
}

/**
 * Keys compare without case, so the request's own spelling has to be searched for. Tags that differ by nothing but case
 * give several values, which conditions decide against the caller.
 */
function lookUp(values: Readonly<Record<string, ContextValue>>, key: string): ContextValue | undefined {
  let found: ContextValue | undefined;
  for (const [name, value] of Object.entries(values)) {
    if (name.toLowerCase() !== key) continue;
    found = found === undefined ? value : [found, value].flat();
  }
  return found;
}
