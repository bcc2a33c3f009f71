// What keys, and what hangs on them, have in common: registers whose state decides what an operation does to them.

import { absent } from '../checking/register.ts';
import type { RegisterEntry } from '../checking/registers.ts';

/**
 * `key`: holds its state, see `stateOf`. `policy`: holds its version. `rotation`: `on` or absent. `alias`: holds the id
 * of a key. `grant`, `repository`, `image`: `there`.
 */
export type KeyRegisterKind = 'key' | 'policy' | 'rotation' | 'alias' | 'grant' | 'repository' | 'image';

export type KeyOperation =
  /** Goes from a state, or from `any`, to another one; from states that are not named it is refused. */
  | {
      readonly kind: 'move';
      readonly moves: Readonly<Record<string, string>>;
      /** Undefined when none came. */
      readonly answer: 'done' | 'refused' | undefined;
    }
  /** The state was one of these; a word stands for every state that begins with it. */
  | { readonly kind: 'among'; readonly states: readonly string[] }
  | { readonly kind: 'none of'; readonly states: readonly string[] };

export type KeyEntry = RegisterEntry<KeyRegisterKind, KeyOperation>;

/** Every state but absent. */
export const any = 'any';

/** A key that waits for its end, `without material` where there was none to give back. */
export const pending = 'Pending';
export const pendingWithout = 'PendingWithout';

/** `day` is the first day of the site's clock on which it is deleted. */
export function stateOf(word: string, day: number): string {
  return `${word} ${day}`;
}

export function stepKey(state: string, operation: KeyOperation): string | undefined {
  if (operation.kind === 'among') return operation.states.some((one) => means(one, state)) ? state : undefined;
  if (operation.kind === 'none of') return operation.states.some((one) => means(one, state)) ? undefined : state;
  const { moves, answer } = operation;
  const to = moves[state] ?? moves[wordOf(state)] ?? (state === absent ? undefined : moves[any]);
  if (to === undefined) return answer === 'done' ? undefined : state;
  return answer === 'refused' ? undefined : to;
}

/** A register that may become absent by itself where that is so: what has to go does not come back. */
export function stepOrGo(state: string, operation: KeyOperation, mayGo: (state: string) => boolean) {
  return stepKey(state, operation) ?? (mayGo(state) ? stepKey(absent, operation) : undefined);
}

/** True for a key that is deleted on this day or was before. */
export function isDue(state: string, today: number): boolean {
  const [word, day] = state.split(' ');
  return (word === pending || word === pendingWithout) && Number(day) <= today;
}

function wordOf(state: string): string {
  return state.split(' ')[0] ?? '';
}

function means(named: string, state: string): boolean {
  return named === state || named === wordOf(state);
}
