// The permit step: evaluates an operation's needs against every policy that applies, now, at every call.

import { LRUCache } from 'lru-cache';
import { type CompiledPolicy, compilePolicy } from '#access/compile.ts';
import { globalContext } from '#access/context.ts';
import { type AccessRequest, type Decision, evaluate, type Level, type PolicySet } from '#access/evaluate.ts';
import { denialText } from '#access/explain.ts';
import { parsePolicy } from '#access/parse.ts';
import type { PolicyKind } from '#access/policy.ts';
import type { NoteDenial } from '#access/trace/denied-need.ts';
import { parseAccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { Need } from '#core/need.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { PolicyDocument, PolicySource, PrincipalFacts, ResourceFacts } from '#core/ports/policy-source.ts';

export interface Permit {
  /** Throws access-denied, naming the first need that is not met and why. */
  require(caller: Caller, needs: readonly Need[]): MaybePromise<void>;
  may(caller: Caller, need: Need): MaybePromise<boolean>;
}

/** What applies to one need at this moment. */
interface Applying {
  readonly principal: PrincipalFacts;
  readonly facts: ResourceFacts | undefined;
}

interface JudgedNeed extends Applying {
  readonly decision: Decision;
}

const decisionsMax = 20_000;

/**
 * Decisions are cached only where no policy involved reads the request's context, and only while the very same
 * policy objects apply: sources return new objects when anything changed, so a change bites on the next call.
 * `note` is told of every need that `require` refuses.
 */
export function openPermit(policies: PolicySource, clock: Clock, note: NoteDenial = () => undefined): Permit {
  const decisions = new LRUCache<string, JudgedNeed>({ max: decisionsMax });
  const compile = openCompiler();

  const judge = (caller: Caller, need: Need, { principal, facts }: Applying): JudgedNeed => {
    const key = `${caller.principal.principalId} ${caller.accountId} ${need.action} ${need.resource}`;
    const known = decisions.get(key);
    if (known !== undefined && known.facts === facts && known.principal === principal) return known;
    const set = policySet(compile, principal, facts);
    const judged = { facts, principal, decision: evaluate(accessRequest(caller, need, facts, clock.nowMs()), set) };
    const stable = need.context === undefined && !readsContext(set);
    if (stable) decisions.set(key, judged);
    return judged;
  };

  const decide = (caller: Caller, need: Need): MaybePromise<JudgedNeed> => {
    const principal = policies.ofPrincipal(caller.principal);
    const facts = policies.ofResource(need.resource, need.action);
    if (!(principal instanceof Promise || facts instanceof Promise)) return judge(caller, need, { principal, facts });
    return Promise.all([principal, facts]).then((known) =>
      judge(caller, need, { principal: known[0], facts: known[1] }),
    );
  };

  const assertAllowed = (caller: Caller, need: Need, { decision, principal, facts }: JudgedNeed): void => {
    if (decision.allowed) return;
    const deniedAtMs = clock.nowMs();
    const request = accessRequest(caller, need, facts, deniedAtMs);
    note({ caller, need, request, applying: { principal, resource: facts }, decision, deniedAtMs });
    throw denied(caller, need, decision);
  };

  const requireFrom = async (caller: Caller, needs: readonly Need[]): Promise<void> => {
    for (const need of needs) assertAllowed(caller, need, await decide(caller, need));
  };

  return {
    require(caller, needs) {
      for (const [index, need] of needs.entries()) {
        const judged = decide(caller, need);
        if (judged instanceof Promise)
          return judged.then((first) => {
            assertAllowed(caller, need, first);
            return requireFrom(caller, needs.slice(index + 1));
          });
        assertAllowed(caller, need, judged);
      }
      return undefined;
    },
    may(caller, need) {
      const judged = decide(caller, need);
      return judged instanceof Promise ? judged.then(({ decision }) => decision.allowed) : judged.decision.allowed;
    },
  };
}

/** The request as policies are compared with it. */
function accessRequest(caller: Caller, need: Need, facts: ResourceFacts | undefined, nowMs: number): AccessRequest {
  const resourceAccountId = facts?.accountId ?? accountOf(need.resource);
  const resource = { ...(resourceAccountId ? { resourceAccountId } : {}), resourceTags: facts?.tags ?? {} };
  return {
    action: need.action,
    resource: facts?.arn ?? need.resource,
    principal: caller.principal,
    ...(resourceAccountId ? { resourceAccountId } : {}),
    context: globalContext(caller, resource, need, nowMs),
  };
}

type Compiler = (document: PolicyDocument, kind: PolicyKind) => CompiledPolicy;

/** Compiles each policy document object once, for as long as its source keeps it. */
function openCompiler(): Compiler {
  const compiled = new WeakMap<PolicyDocument, CompiledPolicy>();
  return (document, kind) => {
    const known = compiled.get(document);
    if (known !== undefined) return known;
    const policy = compilePolicy(parsePolicy(document.text, kind), document.name);
    compiled.set(document, policy);
    return policy;
  };
}

function policySet(compile: Compiler, principal: PrincipalFacts, facts: ResourceFacts | undefined): PolicySet {
  const level = (documents: readonly PolicyDocument[]): Level => documents.map((one) => compile(one, 'identity'));
  const { identity, boundary, session } = principal;
  const kind = facts?.mustAllow === true ? 'trust' : 'resource';
  return {
    identity: level(identity),
    ...(boundary === undefined ? {} : { boundary: [level([boundary])] }),
    ...(session === undefined ? {} : { session: session.map(level) }),
    ...(facts?.policy === undefined ? {} : { resource: compile(facts.policy, kind) }),
    resourceMustAllow: facts?.mustAllow === true,
  };
}

function readsContext({ identity, resource, boundary = [], session = [] }: PolicySet): boolean {
  const all = [identity, ...boundary, ...session].flat();
  return resource?.readsContext === true || all.some((policy) => policy.readsContext);
}

/** What belongs to no account (`*`, AWS's own `arn:aws:iam::aws:policy/…`) is decided as the caller's own. */
function accountOf(resource: string): string | undefined {
  return parseAccountId(parseArn(resource)?.accountId ?? '');
}

function denied(caller: Caller, need: Need, decision: Decision): DomainError {
  const { action, resource } = need;
  const text = denialText({ action, resource, principal: caller.principal }, decision);
  return new DomainError('access-denied', text, { action, resource });
}
