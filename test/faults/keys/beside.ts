// What is done to a site beside its clients while it may be killed, each as often as its table says.
// A step of its own, such as encrypting repositories anew, is a further line of the table.

import { systemRandom } from '../../../src/core/random.ts';
import { fileProvider } from '../../../src/services/kms/root/providers/file.ts';
import { newRootKey } from '../../../src/services/kms/root/root-key.ts';
import { askServer, rotateRequest } from '../../../src/site/keys/control.ts';
import { openFileRoot, readKeys } from '../../../src/site/keys/open-keys.ts';
import { Violation } from '../checking/registers.ts';
import type { KeyWorld } from './key-world.ts';

interface Beside {
  /** In one life of so many. */
  readonly oneIn: number;
  /** A server that is killed meanwhile does not answer: what was begun is gone on with by the next. */
  readonly run: (dataFolder: string, world: KeyWorld) => Promise<void>;
  /** At a quiet moment: what was answered is so. */
  readonly check: (dataFolder: string, world: KeyWorld) => Promise<void>;
}

const besides: readonly Beside[] = [{ oneIn: 4, run: rotateRoot, check: checkRoot }];

/** Begins what falls into this life; resolves when it is over, one way or the other. */
export async function runBeside(dataFolder: string, world: KeyWorld): Promise<void> {
  const chosen = besides.filter(({ oneIn }) => world.random.oneIn(oneIn));
  await Promise.all(chosen.map(({ run }) => run(dataFolder, world)));
}

export async function checkBeside(dataFolder: string, world: KeyWorld): Promise<void> {
  for (const { check } of besides) await check(dataFolder, world);
}

/** All keys that hang on the root key are wrapped anew, under load. */
async function rotateRoot(dataFolder: string, world: KeyWorld): Promise<void> {
  const next = newRootKey(systemRandom);
  world.root.asked.add(next.id);
  try {
    const answer = await askServer(dataFolder, rotateRequest(next, await fileProvider.keep(next)));
    if (answer?.report === undefined) return;
  } catch {
    return;
  }
  world.root = { sure: next.id, asked: new Set() };
  world.counts.rootRotations += 1;
}

/** The root key is the one that was answered last, or one that was asked for after it. */
async function checkRoot(dataFolder: string, world: KeyWorld): Promise<void> {
  const keys = await readKeys(dataFolder, systemRandom, openFileRoot);
  const id = keys?.roots.current().id;
  const { sure, asked } = world.root;
  if (id === undefined || (sure !== undefined && id !== sure && !asked.has(id))) {
    throw new Violation(`the root key is ${id}, not ${sure} or one of ${[...asked].join()}`);
  }
  world.root = { sure: id, asked: new Set() };
}
