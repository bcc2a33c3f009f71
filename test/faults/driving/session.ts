// One life of the server as its clients see it: every question is noted with its answer, or with the lack of one.

import type { OciAnswer, OciClient } from '../../support/oci-client.ts';
import { type Entry, Violation } from '../checking/history.ts';
import type { World } from './world.ts';

/** The server was killed before it answered. */
export class Gone extends Error {}

export interface Question {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: Buffer;
  readonly headers?: Record<string, string>;
  /** What may have happened when no answer comes. */
  readonly unanswered?: readonly Entry[];
  /** What did happen, by the answer. Throws Violation for an answer that should not be. */
  readonly entries: (answer: OciAnswer) => readonly Entry[];
}

export class Session {
  readonly world: World;
  readonly #client: OciClient;
  #isKilled = false;
  /** User agents of the writes that were answered: the audit log owes a record of each. */
  readonly owedAgents = new Map<string, string>();
  /** The same for calls of the AWS API, by their request id. */
  readonly owedRequestIds = new Map<string, string>();

  constructor(world: World, client: OciClient) {
    this.world = world;
    this.#client = client;
  }

  get isKilled(): boolean {
    return this.#isKilled;
  }

  /** From now on a question without an answer is no surprise. */
  expectKill(): void {
    this.#isKilled = true;
  }

  async ask(question: Question): Promise<OciAnswer> {
    const { method, path, body, headers, unanswered = [], entries } = question;
    const agent = `faults/${this.world.nextNumber()}`;
    const send = () => this.#client.send(method, path, body, { ...headers, 'user-agent': agent });
    const answer = await this.noted(unanswered, send, (received) => {
      if (received.status >= 500) throw new Violation(`${method} ${path}: ${textOf(received)}`);
      return entries(received);
    });
    if (method !== 'GET' && method !== 'HEAD') this.#owe(this.owedAgents, agent, `${method} ${path}`);
    return answer;
  }

  /** A write of the AWS API: `send` gives the request id beside the answer. */
  async call<Answer>(
    name: string,
    unanswered: readonly Entry[],
    send: () => Promise<{ readonly requestId: string | undefined; readonly answer: Answer }>,
    entries: (answer: Answer) => readonly Entry[],
  ): Promise<void> {
    const { requestId } = await this.noted(unanswered, send, ({ answer }) => entries(answer));
    if (requestId === undefined) throw new Violation(`${name} was answered without a request id`);
    this.#owe(this.owedRequestIds, requestId, name);
  }

  async noted<Answer>(
    unanswered: readonly Entry[],
    send: () => Promise<Answer>,
    entries: (answer: Answer) => readonly Entry[],
  ): Promise<Answer> {
    const { history, counts } = this.world;
    if (this.#isKilled) throw new Gone();
    const asked = history.ask(unanswered);
    counts.asked += 1;
    let answer: Answer;
    try {
      answer = await send();
    } catch (error) {
      if (this.#isKilled) throw new Gone();
      throw new Violation(`the connection broke although nobody killed the server: ${String(error)}`);
    }
    history.answer(asked, entries(answer));
    counts.answered += 1;
    return answer;
  }

  #owe(debts: Map<string, string>, key: string, what: string): void {
    debts.set(key, what);
    this.world.counts.writes += 1;
  }
}

/** For the message of a Violation. */
export function textOf({ status, body }: OciAnswer): string {
  return `${status} ${body.toString().slice(0, 500)}`;
}

export function unexpected(what: string, answer: OciAnswer): Violation {
  return new Violation(`${what} was answered ${textOf(answer)}`);
}
