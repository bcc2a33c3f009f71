// Looks after something at intervals for as long as there is anything to look after; keeps no process alive.

export interface Sweeper {
  /** There is something again. */
  wake(): void;
  close(): void;
}

/** `sweep` says whether anything is left. */
export function openSweeper(intervalMs: number, sweep: () => boolean): Sweeper {
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const wake = (): void => {
    if (timer !== undefined || isClosed) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (sweep()) wake();
    }, intervalMs);
    timer.unref();
  };
  return {
    wake,
    close() {
      isClosed = true;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
