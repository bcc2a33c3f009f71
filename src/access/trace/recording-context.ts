// A context that remembers which keys were asked for, in the spelling of the policy that asks.

import type { ConditionContext } from '../context.ts';
import type { ParsedPolicy } from '../policy.ts';
import type { ContextEntry } from './decision-tree.ts';

const entriesMax = 50;

export interface RecordingContext {
  readonly context: ConditionContext;
  /** What was asked for so far, sorted by key. */
  entries(): readonly ContextEntry[];
}

export function recordingContext(context: ConditionContext, policy: ParsedPolicy | undefined): RecordingContext {
  const conditions = policy?.statements.flatMap((statement) => statement.conditions) ?? [];
  const spellings = new Map(conditions.map(({ key }) => [key.toLowerCase(), key]));
  const asked = new Map<string, readonly string[]>();
  return {
    context: {
      get(key) {
        const value = context.get(key);
        if (asked.size < entriesMax) asked.set(key, value === undefined ? [] : [value].flat());
        return value;
      },
    },
    entries: () =>
      [...asked]
        .map(([key, values]) => ({ key: spellings.get(key) ?? key, values }))
        .toSorted((left, right) => (left.key < right.key ? -1 : 1)),
  };
}
