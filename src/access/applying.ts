// What applies to one need of a call: asked of its sources at one place, for the corridor, simulators and explanations.

import { parseAccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { Caller, Principal, Session } from '#core/caller.ts';
import type { Need } from '#core/need.ts';
import type { MaybePromise } from '#core/operation.ts';
import type {
  EndpointFacts,
  Guardrails,
  PolicyDocument,
  PolicySource,
  PrincipalFacts,
  ResourceFacts,
} from '#core/ports/policy-source.ts';

/** Each member is the identical object while it is unchanged: a decision holds as long as all of them do. */
export interface Applying {
  readonly principal: PrincipalFacts;
  readonly resource: ResourceFacts | undefined;
  /** Undefined where no endpoint limits the call. */
  readonly endpoint: EndpointFacts | undefined;
  /** Of the principal's account, and of the resource's. */
  readonly guardrails: Guardrails | undefined;
  readonly resourceGuardrails: Guardrails | undefined;
  /** Of a registry token that is scoped: of each list some policy must allow. */
  readonly scope: ReadonlyArray<readonly PolicyDocument[]> | undefined;
}

/** Asks all sources what applies now; answers at once where they do. */
export function applyingTo(source: PolicySource, caller: Caller, need: Need): MaybePromise<Applying> {
  const { endpointId } = caller.call;
  const principal = source.ofPrincipal(caller.principal);
  const resource = source.ofResource(need.resource, need.action);
  const endpoint = endpointId === undefined ? undefined : endpointFacts(source, endpointId);
  if (!(principal instanceof Promise || resource instanceof Promise || endpoint instanceof Promise)) {
    return together(source, caller, need, [principal, resource, endpoint]);
  }
  return Promise.all([principal, resource, endpoint]).then((facts) => together(source, caller, need, facts));
}

type Facts = readonly [PrincipalFacts, ResourceFacts | undefined, EndpointFacts | undefined];

function together(source: PolicySource, caller: Caller, need: Need, [principal, resource, endpoint]: Facts): Applying {
  const { accountId, session } = caller.principal;
  const owner = ownerOf(need, resource) ?? accountId;
  const guardrails = source.guardrailsOf?.(accountId);
  return {
    principal,
    resource,
    endpoint,
    guardrails,
    resourceGuardrails: owner === accountId ? guardrails : source.guardrailsOf?.(owner),
    scope: session?.scope && scopeOf(session, session.scope),
  };
}

/**
 * The account that a resource belongs to; undefined for what belongs to none (`*`, AWS's own
 * `arn:aws:iam::aws:policy/…`), which is decided as the caller's own.
 */
export function ownerOf(need: Need, resource: ResourceFacts | undefined): string | undefined {
  return resource?.accountId ?? parseAccountId(parseArn(need.resource)?.accountId ?? '');
}

/** What two calls must have in common for the same policies to see the same principal. */
export function principalKeyOf({ arn, principalId, session }: Principal): string {
  const { role, user } = session ?? {};
  if (role !== undefined) return `${arn} ${principalId} ${role.arn}`;
  return user === undefined ? `${arn} ${principalId}` : `${arn} ${principalId} ${user.userId} ${user.arn}`;
}

const nothingThrough: EndpointFacts = Object.freeze({
  policy: { name: 'an endpoint that is gone', text: '{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}' },
  vpcId: '',
});

function endpointFacts(source: PolicySource, endpointId: string): MaybePromise<EndpointFacts | undefined> {
  if (source.ofEndpoint === undefined) return undefined;
  const known = source.ofEndpoint(endpointId);
  return known instanceof Promise ? known.then((facts) => facts ?? nothingThrough) : (known ?? nothingThrough);
}

const scopes = new WeakMap<Session, Applying['scope']>();

function scopeOf(session: Session, texts: readonly string[]): Applying['scope'] {
  const known = scopes.get(session);
  if (known !== undefined) return known;
  const scope = texts.map((text) => [{ name: 'the scope of the registry token', text }]);
  scopes.set(session, scope);
  return scope;
}
