// One keep-alive connection of the load generator: raw bytes out, answers framed by Content-Length in.
// An HTTP client costs as much as a fast server; here a request is bytes made before, and an answer is only counted.

import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly bodyBytes: number;
  /** Only when it was asked for. */
  readonly body: Buffer | undefined;
}

export interface Exchange {
  /** The answer has no body, whatever its Content-Length says. */
  readonly isHead?: boolean;
  readonly keepBody?: boolean;
}

interface Pending extends Exchange {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

const headEnd = Buffer.from('\r\n\r\n');
const none = Buffer.alloc(0);

export class Connection {
  readonly #socket: Socket;
  #pending: Pending | undefined;
  #head: string | undefined;
  #unread: Buffer = none;
  #status = 0;
  #bodyLeft = 0;
  #bodyBytes = 0;
  #kept: Buffer[] = [];
  #failure: Error | undefined;
  /** A refusal that came before the request's last byte was sent. */
  #early: Answer | undefined;
  /** Called with how many bytes arrived; false stops reading until `resume`. */
  onBytes: ((count: number) => boolean) | undefined;

  private constructor(host: string, port: number, readBytes: number, opened: (error?: Error) => void) {
    const onread = {
      buffer: Buffer.allocUnsafeSlow(readBytes),
      callback: (count: number, buffer: Uint8Array) => this.#receive(buffer as Buffer, count),
    };
    this.#socket = connect({ host, port, onread, noDelay: true }, () => opened());
    this.#socket.on('error', (error) => {
      opened(error);
      this.#fail(error);
    });
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  static open(host: string, port: number, readBytes = 64 * 1024): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection: Connection = new Connection(host, port, readBytes, (error) =>
        error === undefined ? resolve(connection) : reject(error),
      );
    });
  }

  /** Sends a whole request and resolves with its answer. One at a time. */
  exchange(request: Uint8Array, options: Exchange = {}): Promise<Answer> {
    this.#socket.write(request);
    return this.answer(options);
  }

  /** Waits for the answer to what `write` has sent. */
  answer(options: Exchange = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const early = this.#early;
      this.#early = undefined;
      if (early !== undefined) resolve(early);
      else if (this.#failure !== undefined) reject(this.#failure);
      else this.#pending = { ...options, resolve, reject };
    });
  }

  /** Resolves when the socket takes more. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#socket.write(bytes)) return undefined;
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#socket.off('drain', settle);
        this.#socket.off('close', settle);
        if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      };
      this.#socket.on('drain', settle);
      this.#socket.on('close', settle);
    });
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#pending?.reject(this.#failure);
    this.#pending = undefined;
  }

  #receive(buffer: Buffer, count: number): boolean {
    try {
      this.#parse(buffer.subarray(0, count));
    } catch (error) {
      this.#fail(error as Error);
      this.close();
      return true;
    }
    return this.onBytes?.(count) ?? true;
  }

  #parse(arrived: Buffer): void {
    let bytes = arrived;
    if (this.#head === undefined) {
      if (this.#unread.length > 0) bytes = Buffer.concat([this.#unread, bytes]);
      const end = bytes.indexOf(headEnd);
      if (end < 0) {
        this.#unread = Buffer.from(bytes);
        return;
      }
      this.#unread = none;
      this.#readHead(bytes.toString('latin1', 0, end));
      bytes = bytes.subarray(end + headEnd.length);
    }
    const taken = Math.min(bytes.length, this.#bodyLeft);
    if (taken < bytes.length) throw new Error('the server sent more than it announced');
    this.#bodyLeft -= taken;
    this.#bodyBytes += taken;
    // The buffer is used again for what arrives next.
    if (taken > 0 && (this.#pending === undefined || this.#pending.keepBody === true))
      this.#kept.push(Buffer.from(bytes));
    if (this.#bodyLeft === 0) this.#finish();
  }

  #readHead(head: string): void {
    this.#head = head;
    this.#status = Number(head.slice(9, 12));
    const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const hasBody = this.#pending?.isHead !== true && this.#status !== 204 && this.#status !== 304;
    if (hasBody && length === undefined) throw new Error(`an answer without Content-Length: ${head.slice(0, 300)}`);
    this.#bodyLeft = hasBody ? Number(length) : 0;
  }

  #finish(): void {
    const pending = this.#pending;
    const body = this.#kept.length > 0 ? Buffer.concat(this.#kept) : undefined;
    const answer = { status: this.#status, head: this.#head ?? '', bodyBytes: this.#bodyBytes, body };
    this.#head = undefined;
    this.#bodyBytes = 0;
    this.#kept = [];
    this.#pending = undefined;
    if (pending === undefined) this.#early = answer;
    else pending.resolve(answer);
  }
}
