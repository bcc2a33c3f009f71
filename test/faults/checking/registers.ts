// What was asked and what was answered since the last quiet moment, register by register, and what may be true now.

import { type Observed, statesAfter } from './linearizability.ts';
import { absent } from './register.ts';

/** What an answer says of one register, or what may have happened to it where none came. */
export interface RegisterEntry<Kind extends string, Operation> {
  readonly kind: Kind;
  /** Where it is: a repository, a key. */
  readonly repository: string;
  /** Which one there; empty where there is only one. */
  readonly name: string;
  readonly operation: Operation;
}

/** Something that must not be, in one sentence. */
export class Violation extends Error {}

/** A question on its way: what may have happened until it is answered, or until the kill. */
export interface Asked<Entry> {
  readonly start: number;
  readonly entries: readonly Entry[];
}

export interface Register<Kind extends string, Operation> {
  readonly kind: Kind;
  readonly repository: string;
  readonly name: string;
  /** What it may hold at the last quiet moment. */
  states: ReadonlySet<string>;
  observed: Array<Observed<Operation>>;
  /** When the last operation ended that may have removed it. */
  lastRemoval: number;
}

/** A `Step` that may depend on which register it is. */
export type RegisterStep<Operation> = (
  state: string,
  operation: Operation,
  of: { readonly repository: string; readonly name: string },
) => string | undefined;

export interface RegistersOptions<Kind extends string, Operation> {
  readonly steps: Readonly<Record<Kind, RegisterStep<Operation>>>;
  /** Whether it may have removed what it was about. */
  readonly removes: (operation: Operation) => boolean;
}

export class Registers<Kind extends string, Operation> {
  readonly #options: RegistersOptions<Kind, Operation>;
  readonly #registers = new Map<string, Register<Kind, Operation>>();
  /** Without an answer so far: those that are left end with the kill. */
  readonly #open = new Set<Asked<RegisterEntry<Kind, Operation>>>();
  #moment = 0;
  #checked = 0;

  constructor(options: RegistersOptions<Kind, Operation>) {
    this.#options = options;
  }

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
  ask(entries: ReadonlyArray<RegisterEntry<Kind, Operation>>): Asked<RegisterEntry<Kind, Operation>> {
    const asked = { start: this.now(), entries };
    this.#open.add(asked);
    return asked;
  }

  /** Notes what the answer says has happened between the question and this moment. */
  answer(asked: Asked<RegisterEntry<Kind, Operation>>, entries: ReadonlyArray<RegisterEntry<Kind, Operation>>): void {
    this.#open.delete(asked);
    const end = this.now();
    for (const entry of entries) this.#note(entry, { start: asked.start, end, isAnswered: true });
  }

  /** Notes that no answer will come: the process that had the question is gone. */
  abandon(asked: Asked<RegisterEntry<Kind, Operation>>): void {
    if (!this.#open.delete(asked)) return;
    const end = this.now();
    for (const entry of asked.entries) this.#note(entry, { start: asked.start, end, isAnswered: false });
  }

  /** Forgets a question that never reached a server. */
  withdraw(asked: Asked<RegisterEntry<Kind, Operation>>): void {
    this.#open.delete(asked);
  }

  /** The states that the register may have had at the last quiet moment. */
  statesOf(kind: Kind, repository: string, name: string): ReadonlySet<string> {
    return this.#register(kind, repository, name).states;
  }

  /** True when something may have removed it after that moment. */
  wasRemovedAfter(moment: number, kind: Kind, repository: string, name: string): boolean {
    if (this.#register(kind, repository, name).lastRemoval > moment) return true;
    const { removes } = this.#options;
    const isThis = (entry: RegisterEntry<Kind, Operation>) =>
      entry.kind === kind && entry.repository === repository && entry.name === name;
    return [...this.#open].some(({ entries }) => entries.some((entry) => isThis(entry) && removes(entry.operation)));
  }

  registersOf(kind: Kind): ReadonlyArray<Register<Kind, Operation>> {
    return [...this.#registers.values()].filter((register) => register.kind === kind);
  }

  /** Everything has ended: finds what each register may hold now. Throws Violation when no order explains it. */
  settle(): void {
    for (const asked of this.#open) this.abandon(asked);
    this.relate();
    for (const register of this.#registers.values()) this.#check(register);
  }

  /** What happens to one register may happen to others with it: to be added to them before they are looked at. */
  protected relate(): void {}

  #check(register: Register<Kind, Operation>): void {
    if (register.observed.length === 0) return;
    const step = this.#options.steps[register.kind];
    const stepOf = (state: string, operation: Operation) => step(state, operation, register);
    const states = statesAfter(stepOf, register.states, register.observed);
    if (states.size === 0) throw new Violation(storyOf(register));
    this.#checked += register.observed.length;
    register.states = states;
    register.observed = [];
  }

  #note(entry: RegisterEntry<Kind, Operation>, seen: Omit<Observed<Operation>, 'operation'>): void {
    const { kind, repository, name, operation } = entry;
    const register = this.#register(kind, repository, name);
    register.observed.push({ ...seen, operation });
    if (this.#options.removes(operation)) register.lastRemoval = seen.end;
  }

  #register(kind: Kind, repository: string, name: string): Register<Kind, Operation> {
    const key = `${kind} ${repository} ${name}`;
    const known = this.#registers.get(key);
    if (known !== undefined) return known;
    const states: ReadonlySet<string> = new Set([absent]);
    const made = { kind, repository, name, states, observed: [], lastRemoval: 0 };
    this.#registers.set(key, made);
    return made;
  }
}

function storyOf<Operation>({ kind, repository, name, states, observed }: Register<string, Operation>): string {
  const lines = observed
    .toSorted((left, right) => left.start - right.start)
    .map(({ start, end, isAnswered, operation }) => {
      return `  ${start}-${end}${isAnswered ? '' : ' (no answer)'} ${JSON.stringify(operation)}`;
    });
  const before = [...states].join(' or ');
  return `no order explains the ${kind} ${name} of ${repository}, before it was ${before}:\n${lines.join('\n')}`;
}
