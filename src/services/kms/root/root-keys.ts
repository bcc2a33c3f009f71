// The root keys that a process holds: one, or two while the root is rotated. Forgotten, with their bytes, when sealed.

import { deriveSecret, type RootKey } from './root-key.ts';

export interface RootKeys {
  /** What anything new is wrapped under. */
  current(): RootKey;
  /** The key of this id; undefined when it is not here. */
  find(id: string): RootKey | undefined;
  /** Of one of them, for one purpose: overwritten with it. */
  secretOf(key: RootKey, purpose: string): Buffer;
  /** Both, the current one first. */
  readonly all: () => readonly RootKey[];
  /** From now on these, the first one current. Keys that are gone from the list are overwritten. */
  replace(keys: readonly RootKey[]): void;
  /** Forgets all. */
  clear(): void;
}

/** The given keys now belong to what is returned. */
export function holdRootKeys(first: RootKey, ...more: readonly RootKey[]): RootKeys {
  let held: readonly RootKey[] = [first, ...more];
  const derived = new Map<Buffer, Map<string, Buffer>>();
  const forget = (bytes: Buffer) => {
    for (const secret of derived.get(bytes)?.values() ?? []) secret.fill(0);
    derived.delete(bytes);
    bytes.fill(0);
  };
  const replace = (keys: readonly RootKey[]) => {
    for (const { bytes } of held) if (!keys.some((key) => key.bytes === bytes)) forget(bytes);
    held = keys;
  };
  return {
    current() {
      const [current] = held;
      if (current === undefined) throw new Error('The site is sealed: its root key is not here.');
      return current;
    },
    find: (id) => held.find((key) => key.id === id),
    secretOf(key, purpose) {
      const secrets = derived.get(key.bytes) ?? new Map<string, Buffer>();
      const secret = secrets.get(purpose) ?? deriveSecret(key, purpose);
      derived.set(key.bytes, secrets.set(purpose, secret));
      return secret;
    },
    all: () => held,
    replace,
    clear: () => replace([]),
  };
}

/** The sentence for a wrapped key of a root that is not here. */
export function otherRootText(id: string, roots: RootKeys): string {
  return (
    `The data was encrypted under the root key ${id}, but the root key here is ${roots.current().id}: ` +
    'put the right key file back; without it nothing can be read.'
  );
}
