// One life of the server as its clients see it: every question is noted with its answer, or with the lack of one.

import type { OciAnswer, OciClient } from '../../support/oci-client.ts';
import type { Entry } from '../checking/history.ts';
import { type Asked, Violation } from '../checking/registers.ts';
import type { World } from './world.ts';

/** The process that was asked was killed before it answered. */
export class Gone extends Error {}

/** Only a bound on failure: a question that nobody answers must not hang the run. */
const answerWithinMs = 30_000;

/** `shaken`: one worker was killed. `ending`: the supervisor was. `over`: all processes were. */
type Condition = 'well' | 'shaken' | 'ending' | 'over';

/** Where a session notes what it asks and is answered. */
export interface Notebook<Note> {
  readonly history: {
    ask(entries: readonly Note[]): Asked<Note>;
    answer(asked: Asked<Note>, entries: readonly Note[]): void;
    abandon(asked: Asked<Note>): void;
    withdraw(asked: Asked<Note>): void;
  };
  readonly counts: { asked: number; answered: number; writes: number };
  nextNumber(): number;
}

export interface Question<Note> {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: Buffer;
  readonly headers?: Record<string, string>;
  /** A read is noted in the log a while later; without this only GET and HEAD are. */
  readonly isRead?: boolean;
  /** What may have happened when no answer comes. */
  readonly unanswered?: readonly Note[];
  /** What did happen, by the answer. Throws Violation for an answer that should not be. */
  readonly entries: (answer: OciAnswer) => readonly Note[];
}

export class NotedSession<Place extends Notebook<Note>, Note> {
  readonly world: Place;
  readonly #client: OciClient;
  #condition: Condition = 'well';
  #breaksLeft = 0;
  /** User agents of the writes that were answered, request ids for the AWS API: the log owes a record of each. */
  readonly owed = new Map<string, string>();

  constructor(world: Place, client: OciClient) {
    this.world = world;
    this.#client = client;
  }

  /** True when a client whose question was not answered need not ask another. */
  get isEnding(): boolean {
    return this.#condition === 'ending' || this.#condition === 'over';
  }

  /** From now on a question without an answer is no surprise, and none is asked. */
  expectKill(): void {
    this.#condition = 'over';
  }

  /** From now on each client asks until it gets no answer. */
  expectEnd(): void {
    this.#condition = 'ending';
  }

  /** One process of several was killed: so many connections may break, and none be refused. */
  expectBreaks(count: number): void {
    this.#condition = 'shaken';
    this.#breaksLeft = count;
  }

  async ask(question: Question<Note>): Promise<OciAnswer> {
    const { method, path, body, headers, unanswered = [], entries } = question;
    const { isRead = method === 'GET' || method === 'HEAD' } = question;
    const agent = `faults/${this.world.nextNumber()}`;
    const send = () => this.#client.send(method, path, body, { ...headers, 'user-agent': agent });
    const answer = await this.noted(unanswered, send, (received) => {
      if (received.status >= 500) throw new Violation(`${method} ${path}: ${textOf(received)}`);
      return entries(received);
    });
    if (!isRead) this.#owe(agent, `${method} ${path}`);
    return answer;
  }

  /** A write of the AWS API: `send` gives the request id beside the answer. */
  async call<Answer>(
    name: string,
    unanswered: readonly Note[],
    send: () => Promise<{ readonly requestId: string | undefined; readonly answer: Answer }>,
    entries: (answer: Answer) => readonly Note[],
  ): Promise<void> {
    const { requestId } = await this.noted(unanswered, send, ({ answer }) => entries(answer));
    if (requestId === undefined) throw new Violation(`${name} was answered without a request id`);
    this.#owe(requestId, name);
  }

  async noted<Answer>(
    unanswered: readonly Note[],
    send: () => Promise<Answer>,
    entries: (answer: Answer) => readonly Note[],
  ): Promise<Answer> {
    const { history, counts } = this.world;
    if (this.#condition === 'over') throw new Gone();
    const asked = history.ask(unanswered);
    counts.asked += 1;
    let answer: Answer;
    try {
      answer = await withinBound(send());
    } catch (error) {
      if (error instanceof Violation) throw error;
      throw this.#goneOrWorse(asked, error as NetworkError);
    }
    history.answer(asked, entries(answer));
    counts.answered += 1;
    return answer;
  }

  #goneOrWorse(asked: Asked<Note>, error: NetworkError): Error {
    const { history } = this.world;
    const wasAnswered = (error.$metadata?.httpStatusCode ?? 0) >= 400;
    const wasRefused = error.code === 'ECONNREFUSED';
    if (wasRefused) history.withdraw(asked);
    else history.abandon(asked);
    if (wasAnswered) return new Violation(`an answer that should not be: ${String(error)}`);
    if (this.isEnding) return new Gone();
    if (this.#breaksLeft === 0 || wasRefused) {
      return new Violation(`the connection broke although nobody killed its server: ${String(error)}`);
    }
    this.#breaksLeft -= 1;
    return new Gone();
  }

  #owe(key: string, what: string): void {
    this.owed.set(key, what);
    this.world.counts.writes += 1;
  }
}

/** One whose answers are about tags, images, layers and policies. */
export class Session extends NotedSession<World, Entry> {}

/** What a client throws: the SDK's errors say whether there was an answer. */
type NetworkError = Error & { readonly code?: string; readonly $metadata?: { readonly httpStatusCode?: number } };

async function withinBound<Answer>(answering: Promise<Answer>): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  // Only a bound on failure.
  const timer = setTimeout(() => reject(new Violation(`no answer within ${answerWithinMs} ms`)), answerWithinMs);
  try {
    return await Promise.race([answering, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** For the message of a Violation. */
export function textOf({ status, body }: OciAnswer): string {
  return `${status} ${body.toString().slice(0, 500)}`;
}

export function unexpected(what: string, answer: OciAnswer): Violation {
  return new Violation(`${what} was answered ${textOf(answer)}`);
}
