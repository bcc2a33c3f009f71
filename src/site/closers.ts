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
