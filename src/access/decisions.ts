// Decisions that are kept for as long as the same policies apply and all that they read of a request is the same.

import { LRUCache } from 'lru-cache';
import type { Caller } from '#core/caller.ts';
import type { Need } from '#core/need.ts';
import { type Applying, principalKeyOf } from './applying.ts';
import { openCompiler } from './compiler.ts';
import type { ConditionContext } from './context.ts';
import type { Decision } from './decision.ts';
import { evaluate, type PolicySet } from './evaluate.ts';
import { documentsOf, policySetOf, requestOf } from './inputs.ts';
import type { Reads } from './reads.ts';

/** Decides one need, or finds that it was decided. `nowMs` is epoch milliseconds. */
export type Judge = (caller: Caller, need: Need, applying: Applying, nowMs: number) => Decision;

/** For one principal, action and resource: what applied, and what it was that its policies read. */
interface Kept {
  readonly applying: Applying;
  readonly set: PolicySet;
  readonly reads: Reads;
  /** What was decided, where the policies read nothing that varies. */
  only: Timed | undefined;
}

/** Good from one instant up to another; it belongs to the very Kept that it was made for. */
interface Timed {
  readonly of: Kept;
  readonly decision: Decision;
  readonly fromMs: number;
  readonly untilMs: number;
}

const keptMax = 20_000;
/** What is read of a request may be long, and new each time: then it is not worth keeping. */
const valuesCharsMax = 512;

export function openDecisions(): Judge {
  const compile = openCompiler();
  const kept = new LRUCache<string, Kept>({ max: keptMax });
  const byValues = new LRUCache<string, Timed>({ max: keptMax });

  return (caller, need, applying, nowMs) => {
    const { action, resource, granted = 'not' } = need;
    const key = `${principalKeyOf(caller.principal)} ${action} ${resource} ${granted} granted`;
    let known = kept.get(key);
    if (known === undefined || !isSame(known.applying, applying)) {
      const set = policySetOf(compile, documentsOf(caller.principal, need, applying));
      known = { applying, set, reads: readsOfAll(set), only: undefined };
      kept.set(key, known);
    }
    const { only, reads, set } = known;
    if (only !== undefined && isGood(only, known, nowMs)) return only.decision;
    const request = requestOf(caller, need, applying, nowMs);
    const values = reads.always ? undefined : valuesOf(reads.keys, request.context);
    if (values === undefined) return evaluate(request, set);
    const longKey = values === '' ? '' : `${key}\n${values}`;
    const found = values === '' ? undefined : byValues.get(longKey);
    if (found !== undefined && isGood(found, known, nowMs)) return found.decision;
    const timed = { of: known, decision: evaluate(request, set), ...spanOf(reads.turns, nowMs) };
    if (values === '') known.only = timed;
    else byValues.set(longKey, timed);
    return timed.decision;
  };
}

function isSame(one: Applying, other: Applying): boolean {
  return (
    one.principal === other.principal &&
    one.resource === other.resource &&
    one.endpoint === other.endpoint &&
    one.guardrails === other.guardrails &&
    one.resourceGuardrails === other.resourceGuardrails &&
    one.scope === other.scope
  );
}

function isGood({ of, fromMs, untilMs }: Timed, known: Kept, nowMs: number): boolean {
  return of === known && fromMs <= nowMs && nowMs < untilMs;
}

/** The span around `nowMs` in which no comparison with the clock turns. */
function spanOf(turns: readonly number[], nowMs: number): { readonly fromMs: number; readonly untilMs: number } {
  let fromMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.POSITIVE_INFINITY;
  for (const turn of turns) {
    if (turn <= nowMs) fromMs = Math.max(fromMs, turn);
    else untilMs = Math.min(untilMs, turn);
  }
  return { fromMs, untilMs };
}

function readsOfAll(set: PolicySet): Reads {
  const limits = [set.boundary, set.session, set.scope, set.endpoint, set.serviceControl, set.resourceControl];
  const policies = [...set.identity, ...limits.flatMap((levels) => levels?.flat() ?? [])];
  if (set.resource !== undefined) policies.push(set.resource);
  const keys = new Set(policies.flatMap(({ reads }) => reads.keys));
  const turns = new Set(policies.flatMap(({ reads }) => reads.turns));
  return { keys: [...keys], turns: [...turns], always: policies.some(({ reads }) => reads.always) };
}

/** The values of `keys` as one text that only equal values give; '' without keys, undefined for what is too long. */
function valuesOf(keys: readonly string[], context: ConditionContext): string | undefined {
  let text = '';
  for (const key of keys) {
    const value = context.get(key);
    // Lengths say where a value ends, whatever stands in it.
    if (value === undefined) text += '-';
    else if (typeof value === 'string') text += `${value.length}:${value}`;
    else text += `[${value.length}]${value.map((one) => `${one.length}:${one}`).join('')}`;
    if (text.length > valuesCharsMax) return undefined;
  }
  return text;
}
