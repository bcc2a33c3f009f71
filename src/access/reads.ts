// What of a request a policy reads, so that a decision is kept exactly as long as none of it changes.

import { isSettledKey } from './context.ts';
import { parseInstant } from './instants.ts';
import { operatorOf, takesVariables } from './operators.ts';
import type { ParsedCondition, ParsedPolicy, ParsedStatement } from './policy.ts';
import { hasVariable, keysOf, templateOf } from './variables.ts';

export interface Reads {
  /**
   * Context keys, in lower case, that are neither settled by who asks for what on which resource, nor the clock. Equal
   * values of them give an equal decision.
   */
  readonly keys: readonly string[];
  /** Epoch milliseconds at which a comparison with the clock may turn out differently than just before. */
  readonly turns: readonly number[];
  /** True when the clock is read in another way: then no decision may be kept. */
  readonly always: boolean;
}

/** `variables` says whether the document's version knows policy variables. */
export function readsOf(policy: ParsedPolicy, variables: boolean): Reads {
  const keys = new Set<string>();
  const turns = new Set<number>();
  let always = false;
  const add = (key: string) => {
    if (isClockKey(key)) always = true;
    else if (!isSettledKey(key)) keys.add(key);
  };
  for (const statement of policy.statements) {
    for (const key of variables ? inResources(statement) : []) add(key);
    for (const condition of statement.conditions) {
      for (const key of variables ? inValues(condition) : []) add(key);
      const turning = turnsOf(condition);
      if (turning === undefined) add(condition.key.toLowerCase());
      else for (const turn of turning) turns.add(turn);
    }
  }
  return { keys: [...keys], turns: [...turns], always };
}

function isClockKey(key: string): boolean {
  return key === 'aws:currenttime' || key === 'aws:epochtime' || key === 'aws:multifactorauthage';
}

/** When a test of the clock turns; undefined for what is no such test, or cannot be foreseen. */
function turnsOf(condition: ParsedCondition): readonly number[] | undefined {
  const key = condition.key.toLowerCase();
  const stepMs = key === 'aws:currenttime' ? 1 : key === 'aws:epochtime' ? 1000 : undefined;
  const { family } = operatorOf(condition);
  if (stepMs === undefined || (family !== 'date' && family !== 'null')) return undefined;
  return condition.values.flatMap((text) => {
    const instant = family === 'date' ? parseInstant(text) : undefined;
    // The clock comes to the instant, and goes past it one step later.
    return instant === undefined ? [] : [upTo(instant, stepMs), past(instant, stepMs)];
  });
}

function upTo(instant: number, stepMs: number): number {
  return Math.ceil(instant / stepMs) * stepMs;
}

function past(instant: number, stepMs: number): number {
  return (Math.floor(instant / stepMs) + 1) * stepMs;
}

function inResources({ resources }: ParsedStatement): readonly string[] {
  return (resources?.patterns ?? []).flatMap(keysIn);
}

function inValues(condition: ParsedCondition): readonly string[] {
  return takesVariables(operatorOf(condition)) ? condition.values.flatMap(keysIn) : [];
}

function keysIn(text: string): readonly string[] {
  return hasVariable(text) ? keysOf(templateOf(text)) : [];
}
