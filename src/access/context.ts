// The condition context: what a policy may ask about a request. Values are computed only when a policy reads them.

import type { Caller, PrincipalKind } from '#core/caller.ts';
import type { Need } from '#core/need.ts';

export interface ConditionContext {
  /** The value of a condition key, given in lower case; undefined when the request has none. */
  get(key: string): string | readonly string[] | undefined;
}

export interface ContextFacts {
  readonly resourceAccountId?: string;
  readonly resourceTags: Readonly<Record<string, string>>;
}

const principalTypes: Readonly<Record<PrincipalKind, string>> = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  service: 'Service',
};

interface Request {
  readonly caller: Caller;
  readonly facts: ContextFacts;
  readonly need: Need;
  readonly nowMs: number;
}

type Source = (request: Request) => string | readonly string[] | undefined;

/** The global keys of iam.md §3 that exist for calls with long-term credentials. */
const globalKeys: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['aws:principalarn', ({ caller }) => caller.principal.arn],
  ['aws:principalaccount', ({ caller }) => caller.accountId],
  ['aws:principaltype', ({ caller }) => principalTypes[caller.principal.kind]],
  ['aws:userid', ({ caller }) => caller.principal.principalId],
  ['aws:username', ({ caller }) => caller.principal.userName],
  ['aws:resourceaccount', ({ caller, facts }) => facts.resourceAccountId ?? caller.accountId],
  ['aws:requestedregion', ({ caller }) => caller.region],
  ['aws:currenttime', ({ nowMs }) => new Date(nowMs).toISOString()],
  ['aws:epochtime', ({ nowMs }) => String(Math.floor(nowMs / 1000))],
  ['aws:securetransport', ({ caller }) => String(caller.call.secureTransport)],
  ['aws:useragent', ({ caller }) => caller.call.userAgent],
  ['aws:sourceip', ({ caller }) => (caller.call.endpointId === undefined ? caller.call.sourceAddress : undefined)],
  ['aws:sourcevpce', ({ caller }) => caller.call.endpointId],
  ['aws:viaawsservice', () => 'false'],
  ['aws:principalisawsservice', ({ caller }) => String(caller.principal.kind === 'service')],
]);

/** The context of one need of a call. `nowMs` is epoch milliseconds. */
export function globalContext(caller: Caller, facts: ContextFacts, need: Need, nowMs: number): ConditionContext {
  const request = { caller, facts, need, nowMs };
  const service = need.action.slice(0, need.action.indexOf(':')).toLowerCase();
  return {
    get(key) {
      const source = globalKeys.get(key);
      if (source !== undefined) return source(request);
      const tagKey = tagKeyOf(key, service);
      return tagKey === undefined ? lookUp(need.context ?? {}, key) : lookUp(facts.resourceTags, tagKey);
    },
  };
}

/** `aws:ResourceTag/k` and the service's own `ecr:ResourceTag/k` mean the same. */
function tagKeyOf(key: string, service: string): string | undefined {
  for (const prefix of ['aws:resourcetag/', `${service}:resourcetag/`]) {
    if (key.startsWith(prefix)) return key.slice(prefix.length);
  }
  return undefined;
}

/** Condition keys compare without case, so the request's own spelling has to be searched for. */
function lookUp<Value>(values: Readonly<Record<string, Value>>, key: string): Value | undefined {
  for (const [name, value] of Object.entries(values)) {
    if (name.toLowerCase() === key) return value;
  }
  return undefined;
}
