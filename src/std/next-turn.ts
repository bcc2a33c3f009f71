// The next turn of the event loop: what arrives from outside until then was under way already.

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
