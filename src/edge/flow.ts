// Ends transfers whose client hardly moves: a body that drips in, or an answer that nobody takes.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#core/clock.ts';

export interface FlowLimits {
  /** Fewer bytes a second than this are slow. */
  readonly bytesPerSecondMin: number;
  /** How long a transfer may be slow. */
  readonly slowMs: number;
}

export interface Flow {
  /** From now until the response is closed. */
  watch(message: IncomingMessage, response: ServerResponse): void;
  close(): void;
}

interface Transfer {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  movedBytes: number;
  checkedAtMs: number;
  slowSinceMs: number | undefined;
}

/** One timer for all transfers. Time in which the client waits for us does not count against it. */
export function openFlow(limits: FlowLimits, clock: Pick<Clock, 'monotonicMs'>): Flow {
  const transfers = new Set<Transfer>();
  const check = () => {
    const nowMs = clock.monotonicMs();
    for (const transfer of transfers) {
      if (isSlow(transfer, nowMs, limits.bytesPerSecondMin)) transfer.slowSinceMs ??= transfer.checkedAtMs;
      else transfer.slowSinceMs = undefined;
      transfer.checkedAtMs = nowMs;
      transfer.movedBytes = movedBytes(transfer);
      if (transfer.slowSinceMs !== undefined && nowMs - transfer.slowSinceMs >= limits.slowMs) end(transfer);
    }
  };
  const timer = setInterval(check, Math.max(100, limits.slowMs / 4));
  timer.unref();
  return {
    watch(message, response) {
      const transfer = { message, response, movedBytes: 0, checkedAtMs: clock.monotonicMs(), slowSinceMs: undefined };
      transfer.movedBytes = movedBytes(transfer);
      transfers.add(transfer);
      response.once('close', () => transfers.delete(transfer));
    },
    close: () => clearInterval(timer),
  };
}

function isSlow(transfer: Transfer, nowMs: number, bytesPerSecondMin: number): boolean {
  const { message, response } = transfer;
  const clientIsToSend = !message.complete && message.readableLength === 0;
  const clientIsToTake = response.writableLength > 0;
  if (!clientIsToSend && !clientIsToTake) return false;
  const wanted = (bytesPerSecondMin * (nowMs - transfer.checkedAtMs)) / 1000;
  return movedBytes(transfer) - transfer.movedBytes < wanted;
}

/** What the client has sent, and what of ours has gone to the network. */
function movedBytes({ message: { socket } }: Pick<Transfer, 'message'>): number {
  return socket.bytesRead + socket.bytesWritten - socket.writableLength;
}

/** A client that still listens is told why; whoever reads its body finds that it broke off. */
function end({ message, response }: Transfer): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = 'The request came too slowly.\n';
  response.writeHead(408, {
    connection: 'close',
    'content-type': 'text/plain; charset=utf-8',
    'content-length': text.length,
  });
  response.end(text, () => message.destroy());
}
