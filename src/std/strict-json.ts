// A JSON reader that refuses what others let pass: duplicate members, text after the value, and deep nesting.
// Two readers that pick different ones of two duplicates can be made to disagree about what was signed or allowed.

export interface StrictJsonOptions {
  /** How deep arrays and objects may nest; a bare scalar has depth 0. */
  readonly depthMax: number;
}

/** Why and where the text is not strict JSON. Line and column count from 1, in UTF-16 units. */
export class StrictJsonError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(reason: string, line: number, column: number) {
    super(`${reason} at line ${line}, column ${column}`);
    this.name = 'StrictJsonError';
    this.line = line;
    this.column = column;
  }
}

/**
 * Reads one JSON value (RFC 8259). Objects are ordinary objects whose members are all their own, `__proto__` too.
 * Linear in the text. Throws StrictJsonError.
 */
export function parseStrictJson(text: string, options: StrictJsonOptions): unknown {
  const reader = new Reader(text, options.depthMax);
  const value = reader.value(0);
  reader.end();
  return value;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const closingBracket = 0x5d;
const closingBrace = 0x7d;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

class Reader {
  readonly #text: string;
  readonly #depthMax: number;
  #at = 0;

  constructor(text: string, depthMax: number) {
    this.#text = text;
    this.#depthMax = depthMax;
  }

  value(depth: number): unknown {
    switch (this.#next()) {
      case 0x7b: // {
        return this.#object(depth + 1);
      case 0x5b: // [
        return this.#array(depth + 1);
      case quote:
        return this.#string();
      case 0x74: // t
        return this.#word('true', true);
      case 0x66: // f
        return this.#word('false', false);
      case 0x6e: // n
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#next();
    if (this.#at < this.#text.length) throw this.#error('text after the value');
  }

  #object(depth: number): Record<string, unknown> {
    this.#open(depth);
    const object: Record<string, unknown> = {};
    if (this.#next() === closingBrace) return this.#closed(object);
    for (;;) {
      if (this.#next() !== quote) throw this.#error('a member name was expected');
      const start = this.#at;
      const name = this.#string();
      if (Object.hasOwn(object, name)) throw this.#error(`the member ${JSON.stringify(name)} is there twice`, start);
      if (this.#next() !== colon) throw this.#error("':' was expected");
      this.#at += 1;
      setOwn(object, name, this.value(depth));
      if (this.#next() === closingBrace) return this.#closed(object);
      this.#separator("',' or '}' was expected");
    }
  }

  #array(depth: number): unknown[] {
    this.#open(depth);
    const array: unknown[] = [];
    if (this.#next() === closingBracket) return this.#closed(array);
    for (;;) {
      array.push(this.value(depth));
      if (this.#next() === closingBracket) return this.#closed(array);
      this.#separator("',' or ']' was expected");
    }
  }

  #open(depth: number): void {
    if (depth > this.#depthMax) throw this.#error(`nested deeper than ${this.#depthMax}`);
    this.#at += 1;
  }

  #closed<Value>(value: Value): Value {
    this.#at += 1;
    return value;
  }

  #separator(reason: string): void {
    if (this.#next() !== comma) throw this.#error(reason);
    this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    let escaped = false;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === quote) {
        this.#at = at + 1;
        return escaped ? this.#unescape(start) : this.#text.slice(start + 1, at);
      }
      if (code < 0x20) throw this.#error('a control character in a string', at);
      if (code === backslash) {
        escaped = true;
        at += 1;
      }
    }
    throw this.#error('a string without end', start);
  }

  #unescape(start: number): string {
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      throw this.#error('a bad escape in a string', start);
    }
  }

  #number(): number {
    number.lastIndex = this.#at;
    const match = number.exec(this.#text);
    if (match === null) throw this.#error(this.#at < this.#text.length ? 'a value was expected' : 'unexpected end');
    const value = Number(match[0]);
    if (!Number.isFinite(value)) throw this.#error('a number that is too large');
    this.#at += match[0].length;
    return value;
  }

  #word<Value>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error('a value was expected');
    this.#at += word.length;
    return value;
  }

  /** Skips white space; the code of what follows, NaN at the end. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at += 1;
    }
  }

  #error(reason: string, at = this.#at): StrictJsonError {
    const before = this.#text.slice(0, at);
    const lineStart = before.lastIndexOf('\n') + 1;
    return new StrictJsonError(reason, before.split('\n').length, at - lineStart + 1);
  }
}

/** Assigning to `__proto__` would change the prototype instead of making a member. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
