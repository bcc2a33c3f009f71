// Reads JSON and remembers where everything stood, so that a policy's error can name line and column.

import { shorten } from './shorten.ts';

export type JsonValue = JsonText | JsonOther | JsonList | JsonMembers;

interface Placed {
  /** Offset of the first character, and of the one after the last. */
  readonly start: number;
  readonly end: number;
}

export interface JsonText extends Placed {
  readonly type: 'text';
  readonly text: string;
}

/** A number or boolean as it was written, or null. */
export interface JsonOther extends Placed {
  readonly type: 'number' | 'boolean' | 'null';
  readonly text: string;
}

export interface JsonList extends Placed {
  readonly type: 'list';
  readonly items: readonly JsonValue[];
}

export interface JsonMembers extends Placed {
  readonly type: 'object';
  readonly members: ReadonlyMap<string, JsonMember>;
}

export interface JsonMember {
  readonly name: JsonText;
  readonly value: JsonValue;
}

/** Thrown with the offset at which reading stopped making sense. */
export class JsonSyntaxError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.offset = offset;
  }
}

/**
 * One whole JSON value. Throws JsonSyntaxError, also for duplicate members, for lists and objects nested deeper than
 * `depthMax`, and for text after the end. Linear in the text.
 */
export function readPositionedJson(text: string, depthMax: number): JsonValue {
  const reader = new Reader(text, depthMax);
  const value = reader.value(0);
  reader.end();
  return value;
}

const word = /[a-zA-Z0-9+.-]*/y;
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

class Reader {
  readonly #text: string;
  readonly #depthMax: number;
  #at = 0;

  constructor(text: string, depthMax: number) {
    this.#text = text;
    this.#depthMax = depthMax;
  }

  value(depth: number): JsonValue {
    this.#space();
    const char = this.#text[this.#at];
    if (char === '"') return this.#string();
    if (char !== '{' && char !== '[') return this.#word();
    if (depth === this.#depthMax) throw this.#error(`JSON is nested deeper than ${this.#depthMax} levels`);
    return char === '{' ? this.#object(depth + 1) : this.#list(depth + 1);
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#error('There is text after the end of the JSON document');
  }

  #object(depth: number): JsonMembers {
    const start = this.#at;
    const members = new Map<string, JsonMember>();
    this.#at += 1;
    this.#space();
    if (this.#take('}')) return { type: 'object', members, start, end: this.#at };
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#error('Expected a member name in double quotes');
      const name = this.#string();
      if (members.has(name.text)) {
        throw new JsonSyntaxError(`The element ${shorten(name.text)} appears twice`, name.start);
      }
      this.#space();
      if (!this.#take(':')) throw this.#error('Expected a colon after the member name');
      members.set(name.text, { name, value: this.value(depth) });
      this.#space();
      if (this.#take('}')) return { type: 'object', members, start, end: this.#at };
      if (!this.#take(',')) throw this.#error('Expected a comma or the end of the object');
    }
  }

  #list(depth: number): JsonList {
    const start = this.#at;
    const items: JsonValue[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take(']')) return { type: 'list', items, start, end: this.#at };
    for (;;) {
      items.push(this.value(depth));
      this.#space();
      if (this.#take(']')) return { type: 'list', items, start, end: this.#at };
      if (!this.#take(',')) throw this.#error('Expected a comma or the end of the list');
    }
  }

  #string(): JsonText {
    const start = this.#at;
    let at = start + 1;
    for (;;) {
      const code = this.#text.charCodeAt(at);
      if (Number.isNaN(code)) throw new JsonSyntaxError('A string does not end', start);
      if (code === 34) break;
      if (code < 32) throw new JsonSyntaxError('A string holds a control character', at);
      at += code === 92 ? 2 : 1;
    }
    this.#at = at + 1;
    try {
      return { type: 'text', text: JSON.parse(this.#text.slice(start, this.#at)) as string, start, end: this.#at };
    } catch {
      throw new JsonSyntaxError('A string holds an escape that JSON does not know', start);
    }
  }

  #word(): JsonOther {
    const start = this.#at;
    word.lastIndex = start;
    const text = word.exec(this.#text)?.[0] ?? '';
    this.#at = start + text.length;
    const placed = { text, start, end: this.#at };
    if (text === 'true' || text === 'false') return { type: 'boolean', ...placed };
    if (text === 'null') return { type: 'null', ...placed };
    if (number.test(text)) return { type: 'number', ...placed };
    throw new JsonSyntaxError(text === '' ? 'Expected a JSON value' : `${text.slice(0, 32)} is not JSON`, start);
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #error(message: string): JsonSyntaxError {
    return new JsonSyntaxError(message, this.#at);
  }
}
