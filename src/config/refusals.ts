// How a value is refused: what is wanted instead, and which part of the value is meant.

/** What is wrong with a value, and where inside it: `[1]`, `.certificate`. */
export class ValueError extends Error {
  readonly at: string;
  readonly value: unknown;
  constructor(message: string, value: unknown, at = '') {
    super(message);
    this.at = at;
    this.value = value;
  }
}

/** A member that no key has, with the keys that there are. */
export class UnknownMemberError extends Error {
  readonly member: string;
  readonly known: readonly string[];
  /** Where the record stands inside the value. */
  readonly at: string;
  constructor(member: string, known: readonly string[], at = '') {
    super(`${member} is no key`);
    this.member = member;
    this.known = known;
    this.at = at;
  }
}

/** The one way in which a value is refused. */
export function wanted(what: string, value: unknown): never {
  throw new ValueError(`must be ${what}`, value);
}

/** Reads a part of a value; a refusal says which part. */
export function within<Value>(place: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError) throw new ValueError(error.message, error.value, place + error.at);
    if (error instanceof UnknownMemberError) {
      throw new UnknownMemberError(error.member, error.known, place + error.at);
    }
    throw error;
  }
}
