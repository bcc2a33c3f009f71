// What was asked and what was answered since the last quiet moment, register by register, and what may be true now.

import { type Observed, type Step, statesAfter } from './linearizability.ts';
import { absent, type RegisterOperation, stepCollectible, stepRegister } from './register.ts';

/** `tag`: holds a digest. `image`, `layer`: hold `there`. `policy`: holds its version. */
export type RegisterKind = 'tag' | 'image' | 'layer' | 'policy';

export interface Entry {
  readonly kind: RegisterKind;
  readonly repository: string;
  /** The tag or digest; empty for a policy. */
  readonly name: string;
  readonly operation: RegisterOperation;
}

/** Something that must not be, in one sentence. */
export class Violation extends Error {}

/** A question on its way: what may have happened until it is answered, or until the kill. */
export interface Asked {
  readonly start: number;
  readonly entries: readonly Entry[];
}

interface Register {
  readonly kind: RegisterKind;
  readonly repository: string;
  readonly name: string;
  /** What it may hold at the last quiet moment. */
  states: ReadonlySet<string>;
  observed: Array<Observed<RegisterOperation>>;
  /** When the last answer came that removed it, or the kill that may have let it be removed. */
  lastRemoval: number;
}

const steps: Readonly<Record<RegisterKind, Step<RegisterOperation>>> = {
  tag: stepRegister,
  image: stepRegister,
  layer: stepCollectible,
  policy: stepRegister,
};

export class History {
  readonly #registers = new Map<string, Register>();
  /** Without an answer so far: those that are left end with the kill. */
  readonly #open = new Set<Asked>();
  #moment = 0;
  #checked = 0;

  /** Operations that were checked so far. */
  get checked(): number {
    return this.#checked;
  }

  /** A position in time, later than all before. */
  now(): number {
    this.#moment += 1;
    return this.#moment;
  }

  /** Notes a question, and what may have happened should no answer come. */
  ask(entries: readonly Entry[]): Asked {
    const asked = { start: this.now(), entries };
    this.#open.add(asked);
    return asked;
  }

  /** Notes what the answer says has happened between the question and this moment. */
  answer(asked: Asked, entries: readonly Entry[]): void {
    this.#open.delete(asked);
    const end = this.now();
    const { start } = asked;
    for (const entry of entries) this.#note(entry, { start, end, isAnswered: true, operation: entry.operation });
  }

  /** Notes that no answer will come: the process that had the question is gone. */
  abandon(asked: Asked): void {
    if (!this.#open.delete(asked)) return;
    const end = this.now();
    const { start } = asked;
    for (const entry of asked.entries) this.#note(entry, { start, end, isAnswered: false, operation: entry.operation });
  }

  /** Forgets a question that never reached a server. */
  withdraw(asked: Asked): void {
    this.#open.delete(asked);
  }

  /** The states that the register may have had at the last quiet moment. */
  statesOf(kind: RegisterKind, repository: string, name: string): ReadonlySet<string> {
    return this.#register(kind, repository, name).states;
  }

  /** True when something may have removed it after that moment. */
  wasRemovedAfter(moment: number, kind: RegisterKind, repository: string, name: string): boolean {
    const register = this.#register(kind, repository, name);
    if (register.lastRemoval > moment) return true;
    const isThis = (entry: Entry) => entry.kind === kind && entry.repository === repository && entry.name === name;
    return [...this.#open].some(({ entries }) => entries.some((entry) => isThis(entry) && removes(entry.operation)));
  }

  registersOf(kind: RegisterKind): ReadonlyArray<{ repository: string; name: string; states: ReadonlySet<string> }> {
    return [...this.#registers.values()].filter((register) => register.kind === kind);
  }

  /** Everything has ended: finds what each register may hold now. Throws Violation when no order explains it. */
  settle(): void {
    for (const asked of this.#open) this.abandon(asked);
    this.#dropTagsOfImages();
    for (const register of this.#registers.values()) this.#check(register);
  }

  #check(register: Register): void {
    if (register.observed.length === 0) return;
    const states = statesAfter(steps[register.kind], register.states, register.observed);
    if (states.size === 0) throw new Violation(storyOf(register));
    this.#checked += register.observed.length;
    register.states = states;
    register.observed = [];
  }

  /** Deleting an image takes its tags with it: each tag that may have named it is asked to explain that too. */
  #dropTagsOfImages(): void {
    const tags = [...this.#registers.values()].filter(({ kind }) => kind === 'tag');
    for (const image of this.#registers.values()) {
      if (image.kind !== 'image') continue;
      const removals = image.observed.filter(({ operation }) => operation.kind === 'remove');
      if (removals.length === 0) continue;
      for (const tag of tags) {
        if (tag.repository !== image.repository || !mayHold(tag, image.name)) continue;
        for (const removal of removals) tag.observed.push({ ...removal, operation: dropOf(removal, image.name) });
      }
    }
  }

  #note(entry: Entry, observed: Observed<RegisterOperation>): void {
    const register = this.#register(entry.kind, entry.repository, entry.name);
    register.observed.push(observed);
    if (removes(entry.operation)) register.lastRemoval = observed.end;
  }

  #register(kind: RegisterKind, repository: string, name: string): Register {
    const key = `${kind} ${repository} ${name}`;
    const known = this.#registers.get(key);
    if (known !== undefined) return known;
    const states: ReadonlySet<string> = new Set([absent]);
    const made: Register = { kind, repository, name, states, observed: [], lastRemoval: 0 };
    this.#registers.set(key, made);
    return made;
  }
}

function removes(operation: RegisterOperation): boolean {
  return operation.kind === 'remove' && operation.found !== false;
}

function mayHold({ states, observed }: Register, value: string): boolean {
  const writes = observed.some(({ operation }) => {
    return (operation.kind === 'put' || operation.kind === 'swap') && operation.value === value;
  });
  return writes || states.has(value);
}

function dropOf({ operation }: Observed<RegisterOperation>, value: string): RegisterOperation {
  return { kind: 'drop', value, found: operation.kind === 'remove' ? operation.found : undefined };
}

function storyOf({ kind, repository, name, states, observed }: Register): string {
  const lines = observed
    .toSorted((left, right) => left.start - right.start)
    .map(({ start, end, isAnswered, operation }) => {
      return `  ${start}-${end}${isAnswered ? '' : ' (no answer)'} ${JSON.stringify(operation)}`;
    });
  const before = [...states].join(' or ');
  return `no order explains the ${kind} ${name} of ${repository}, before it was ${before}:\n${lines.join('\n')}`;
}
