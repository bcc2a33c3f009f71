// The registers of a registry: tags, images, layers and policies, and what the deletion of an image does to its tags.

import type { Observed } from './linearizability.ts';
import { type RegisterOperation, stepCollectible, stepRegister } from './register.ts';
import { type Register, type RegisterEntry, Registers } from './registers.ts';

/** `tag`: holds a digest. `image`, `layer`: hold `there`. `policy`: holds its version. */
export type RegisterKind = 'tag' | 'image' | 'layer' | 'policy';

/** The name is the tag or digest; empty for a policy. */
export type Entry = RegisterEntry<RegisterKind, RegisterOperation>;

const steps = { tag: stepRegister, image: stepRegister, layer: stepCollectible, policy: stepRegister };

export class History extends Registers<RegisterKind, RegisterOperation> {
  constructor() {
    super({ steps, removes: (operation) => operation.kind === 'remove' && operation.found !== false });
  }

  /** Deleting an image takes its tags with it: each tag that may have named it is asked to explain that too. */
  protected override relate(): void {
    const tags = this.registersOf('tag');
    for (const image of this.registersOf('image')) {
      const removals = image.observed.filter(({ operation }) => operation.kind === 'remove');
      if (removals.length === 0) continue;
      for (const tag of tags) {
        if (tag.repository !== image.repository || !mayHold(tag, image.name)) continue;
        for (const removal of removals) tag.observed.push({ ...removal, operation: dropOf(removal, image.name) });
      }
    }
  }
}

function mayHold({ states, observed }: Register<RegisterKind, RegisterOperation>, value: string): boolean {
  const writes = observed.some(({ operation }) => {
    return (operation.kind === 'put' || operation.kind === 'swap') && operation.value === value;
  });
  return writes || states.has(value);
}

function dropOf({ operation }: Observed<RegisterOperation>, value: string): RegisterOperation {
  return { kind: 'drop', value, found: operation.kind === 'remove' ? operation.found : undefined };
}
