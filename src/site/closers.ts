// What has to be closed at the end, in the reverse order of opening.

export interface CloserStack {
  readonly onClose: (close: () => Promise<void>) => void;
  /** Closes everything once; a second call has nothing left to do. */
  readonly closeAll: () => Promise<void>;
}

export function closerStack(): CloserStack {
  const closers: Array<() => Promise<void>> = [];
  return {
    onClose: (close) => closers.push(close),
    async closeAll() {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
}

/** Opens what consists of several parts. When one cannot be opened, those before it are closed and its error thrown. */
export async function openInOrder<Opened>(open: (closers: CloserStack) => Promise<Opened>): Promise<Opened> {
  const closers = closerStack();
  try {
    return await open(closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}
