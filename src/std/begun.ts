// A stream whose first piece is taken at once: what is wrong with it from the start is known before the answer.

/**
 * Rejects with what the first piece threw. Whoever gets the stream iterates it once, or calls its iterator's `return`:
 * its source holds what it has opened until then.
 */
export async function begun<Piece>(source: AsyncIterable<Piece>): Promise<AsyncIterable<Piece>> {
  const iterator = source[Symbol.asyncIterator]();
  let first: IteratorResult<Piece> | undefined = await iterator.next();
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        if (first === undefined) return iterator.next();
        const taken = first;
        first = undefined;
        return Promise.resolve(taken);
      },
      async return() {
        first = undefined;
        await iterator.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** Ends the stream that is the body of a reply, should it have one: nobody is going to read it. */
export async function endUnread(reply: unknown): Promise<void> {
  if (typeof reply !== 'object' || reply === null || !('body' in reply)) return;
  const { body } = reply;
  if (typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)) return;
  const stream = body as AsyncIterable<unknown>;
  await stream[Symbol.asyncIterator]().return?.();
}
