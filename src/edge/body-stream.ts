// The body of a request, piece by piece as it arrives, with back-pressure. Node's own iterator costs far more.

import type { IncomingMessage } from 'node:http';
import { DomainError } from '#core/errors.ts';

/** Pieces that wait for their reader. Beyond this nothing more is taken from the socket. */
const waitingBytesMax = 128 * 1024;

type Piece = IteratorResult<Uint8Array, undefined>;
type End = IteratorReturnResult<undefined>;

const ended: End = { done: true, value: undefined };

/** Throws request-incomplete, after the pieces that did arrive. Nothing is read before somebody asks. */
export function bodyStream(message: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => new BodyIterator(message) };
}

class BodyIterator implements AsyncIterator<Uint8Array, undefined> {
  readonly #message: IncomingMessage;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #hasBegun = false;
  #isPaused = false;
  #reader: { resolve(piece: Piece): void; reject(error: DomainError): void } | undefined;
  /** Set when no more pieces come: how it ended. */
  #end: End | DomainError | undefined;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  next(): Promise<Piece> {
    if (!this.#hasBegun) this.#begin();
    const piece = this.#waiting.shift();
    if (piece !== undefined) {
      this.#waitingBytes -= piece.length;
      if (this.#isPaused && this.#waitingBytes < waitingBytesMax) this.#resume();
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.#end instanceof DomainError) return Promise.reject(this.#end);
    if (this.#end !== undefined) return Promise.resolve(this.#end);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** Leaves the rest in the socket: what becomes of the connection is decided where the reply is written. */
  return(): Promise<Piece> {
    this.#waiting.length = 0;
    this.#hasBegun = true;
    if (this.#end === undefined) {
      this.#message.pause();
      this.#finish(ended);
    }
    return Promise.resolve(ended);
  }

  #begin(): void {
    this.#hasBegun = true;
    const message = this.#message;
    if (message.readableEnded) return this.#finish(ended);
    if (message.destroyed) return this.#finish(incomplete(message.errored ?? undefined));
    message.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose);
    message.resume();
  }

  readonly #onData = (piece: Uint8Array) => {
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: piece });
      return;
    }
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    if (this.#isPaused || this.#waitingBytes < waitingBytesMax) return;
    this.#isPaused = true;
    this.#message.pause();
  };

  readonly #onEnd = () => this.#finish(ended);
  readonly #onError = (cause: unknown) => this.#finish(incomplete(cause));
  // The end of a whole body comes before.
  readonly #onClose = () => this.#finish(incomplete(undefined));

  #resume(): void {
    this.#isPaused = false;
    this.#message.resume();
  }

  #finish(end: End | DomainError): void {
    this.#end = end;
    const message = this.#message;
    message.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose);
    const reader = this.#reader;
    this.#reader = undefined;
    if (end instanceof DomainError) reader?.reject(end);
    else reader?.resolve(end);
  }
}

function incomplete(cause: unknown): DomainError {
  return new DomainError('request-incomplete', 'The request ended before its body was complete.', {}, { cause });
}
