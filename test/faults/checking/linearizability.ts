// Looks for an order of the operations on one register that explains every answer and contradicts no clock.

/** One operation as its client saw it. Positions in time are whole numbers, each given once. */
export interface Observed<Operation> {
  readonly start: number;
  readonly end: number;
  /** False when no answer came: it may have taken effect at any moment between the two, or never. */
  readonly isAnswered: boolean;
  readonly operation: Operation;
}

/** The state after the operation; undefined when it cannot have been answered so in this state. */
export type Step<Operation> = (state: string, operation: Operation) => string | undefined;

/** One way in which it may have gone so far. */
interface Course {
  readonly state: string;
  /** Operations under way that have taken effect already. */
  readonly done: ReadonlySet<number>;
}

/**
 * The states in which the register may be after the history, when it was in one of `before`; none when no order
 * explains the history. An operation takes effect at one moment between its start and its end, and it is enough to
 * let it do so just before an end: all ways are followed at once, and those that an answer contradicts are dropped.
 */
export function statesAfter<Operation>(
  step: Step<Operation>,
  before: ReadonlySet<string>,
  history: ReadonlyArray<Observed<Operation>>,
): ReadonlySet<string> {
  const moments = history
    .flatMap(({ start, end }, index) => [
      { at: start, index, isEnd: false },
      { at: end, index, isEnd: true },
    ])
    .toSorted((left, right) => left.at - right.at || Number(left.isEnd) - Number(right.isEnd));
  const underWay = new Set<number>();
  let courses: readonly Course[] = [...before].map((state) => ({ state, done: new Set<number>() }));
  for (const { index, isEnd } of moments) {
    if (!isEnd) {
      underWay.add(index);
      continue;
    }
    const isAnswered = history[index]?.isAnswered === true;
    const after = withEffects(step, history, courses, underWay);
    courses = distinct(
      after.filter(({ done }) => !isAnswered || done.has(index)).map((course) => without(course, index)),
    );
    underWay.delete(index);
  }
  return new Set(courses.map(({ state }) => state));
}

/** All courses that come of letting any of the operations under way take effect, in any order. */
function withEffects<Operation>(
  step: Step<Operation>,
  history: ReadonlyArray<Observed<Operation>>,
  courses: readonly Course[],
  underWay: ReadonlySet<number>,
): readonly Course[] {
  const found = new Map(courses.map((course) => [keyOf(course), course]));
  // The map grows while it is walked, and the walk comes by what was added.
  for (const { state, done } of found.values()) {
    for (const index of underWay) {
      const observed = history[index];
      if (observed === undefined || done.has(index)) continue;
      const next = step(state, observed.operation);
      if (next === undefined) continue;
      const course = { state: next, done: new Set([...done, index]) };
      const key = keyOf(course);
      if (!found.has(key)) found.set(key, course);
    }
  }
  return [...found.values()];
}

function without({ state, done }: Course, index: number): Course {
  const rest = new Set(done);
  rest.delete(index);
  return { state, done: rest };
}

function distinct(courses: readonly Course[]): readonly Course[] {
  return [...new Map(courses.map((course) => [keyOf(course), course])).values()];
}

function keyOf({ state, done }: Course): string {
  return `${state} ${[...done].sort((left, right) => left - right).join()}`;
}
