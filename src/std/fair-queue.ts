// A queue of queues: whoever has many things waiting gets one of them served, and then everybody else has a turn.

export interface FairQueue<Item> {
  /** How many items wait in all lanes together. */
  readonly size: number;
  push(lane: string, item: Item): void;
  /** The oldest item of the lane whose turn it is; undefined when nothing waits. */
  take(): Item | undefined;
}

/** Every operation takes the same time however many lanes there are. */
export function fairQueue<Item>(): FairQueue<Item> {
  // A Map keeps the order of insertion: its first key is the lane whose turn it is, the one served last goes behind.
  const lanes = new Map<string, Item[]>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    push(lane, item) {
      size += 1;
      const items = lanes.get(lane);
      if (items === undefined) lanes.set(lane, [item]);
      else items.push(item);
    },
    take() {
      const next = lanes.entries().next();
      if (next.done === true) return undefined;
      const [lane, items] = next.value;
      lanes.delete(lane);
      size -= 1;
      const item = items.shift();
      if (items.length > 0) lanes.set(lane, items);
      return item;
    },
  };
}
