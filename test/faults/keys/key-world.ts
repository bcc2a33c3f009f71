// What the driver knows of keys across kills: what was acknowledged, what was only asked for, and the day of the site.

import { absent } from '../checking/register.ts';
import { Registers } from '../checking/registers.ts';
import { type SeededRandom, seededBytes } from '../driving/seeded-random.ts';
import type { NotedSession } from '../driving/session.ts';
import type { Content, Image } from '../driving/world.ts';
import { isDue, type KeyEntry, type KeyOperation, type KeyRegisterKind, stepKey, stepOrGo } from './key-register.ts';

/** What was made with a key, and what has to come out of it for as long as the key is there. */
export interface Ciphertext {
  readonly blob: Uint8Array;
  readonly plaintext: Buffer;
  readonly context: Readonly<Record<string, string>>;
}

export interface KnownGrant {
  readonly name: string;
  readonly grantId: string;
  readonly operations: readonly string[];
}

export interface KnownKey {
  readonly keyId: string;
  readonly arn: string;
  /** Its material is ours; undefined where the site made it. */
  readonly material: Buffer | undefined;
  readonly ciphertexts: Ciphertext[];
  readonly grants: KnownGrant[];
  /** Names of the grants that were asked for without an answer, and their operations. */
  readonly grantsAsked: Map<string, readonly string[]>;
  /** Rotations on demand: at least so many were made, and so many more were asked for without an answer. */
  rotations: { readonly sure: number; readonly perhaps: number };
}

export interface KnownRepository {
  readonly name: string;
  key: KnownKey;
  /** `KMS <key id>` or `KMS_DSSE <key id>`: what it is described with. */
  value: string;
  /** What it may be on its way to: some of it is under that already then, and it may be described so. */
  target: { readonly key: KnownKey; readonly value: string } | undefined;
  readonly images: Image[];
  /** From then on its images may be gone. */
  isDeletionAsked: boolean;
}

export interface KeyCounts {
  asked: number;
  answered: number;
  writes: number;
  /** Ciphertexts that were opened, byte for byte. */
  opened: number;
  pulls: number;
  /** Keys that were found to be deleted, as they had to be. */
  deleted: number;
  rootRotations: number;
  /** Looked at: that they are whole, signed, and what they were before. */
  certificates: number;
  /** Repositories that came to another key, or to the same one anew. */
  moved: number;
  verifications: number;
}

export type KeySession = NotedSession<KeyWorld, KeyEntry>;

export const dayMs = 24 * 3600 * 1000;

const busyKeys = 4;

export class KeyWorld {
  readonly history: Registers<KeyRegisterKind, KeyOperation>;
  readonly random: SeededRandom;
  /** The site's clock is so many days ahead. */
  day = 0;
  readonly beganMs = Date.now();
  readonly keys: KnownKey[] = [];
  /** Descriptions of keys whose making was not answered, and whether their material would be ours. */
  readonly keysAsked = new Map<string, { readonly isExternal: boolean }>();
  readonly repositories: KnownRepository[] = [];
  /** In this life most calls are about these, so that clients get in each other's way. */
  #busy: readonly KnownKey[] = [];
  /** Those that were written to last, the latest at the end: the kill may have met the write. */
  recent: KnownKey[] = [];
  /** Names of repositories whose making was not answered, and what they would hold. */
  readonly repositoriesAsked = new Map<string, string>();
  readonly aliases: readonly string[] = [1, 2, 3, 4, 5, 6].map((number) => `alias/faults-${number}`);
  /** The root key that stands for sure, and those that were asked for since without an answer. */
  root: { readonly sure: string | undefined; readonly asked: Set<string> } = { sure: undefined, asked: new Set() };
  /** Certificates as they were first seen, by id. */
  readonly issued = new Map<string, string>();
  readonly counts: KeyCounts = {
    ...{ asked: 0, answered: 0, writes: 0, opened: 0, pulls: 0 },
    ...{ deleted: 0, rootRotations: 0, moved: 0, certificates: 0, verifications: 0 },
  };
  #number = 1_000_000;

  constructor(random: SeededRandom) {
    this.random = random;
    this.history = new Registers<KeyRegisterKind, KeyOperation>({
      removes: () => false,
      steps: {
        key: (state, operation) => stepOrGo(state, operation, (now) => isDue(now, this.day)),
        // What belongs to a key goes with it, what is in a repository goes with that.
        alias: (state, operation) => stepOrGo(state, operation, (keyId) => this.mayBeGone(keyId)),
        grant: (state, operation, of) => stepOrGo(state, operation, () => this.mayBeGone(of.repository)),
        image: (state, operation, of) => stepOrGo(state, operation, () => this.isDeletionAsked(of.repository)),
        policy: stepKey,
        rotation: stepKey,
        repository: stepKey,
      },
    });
  }

  /** Names and seeds that were not given before. */
  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  /** True when the key's time has come, or it is known to be gone. */
  mayBeGone(keyId: string): boolean {
    return [...this.statesOf(keyId)].some((state) => state === absent || isDue(state, this.day));
  }

  isGone(keyId: string): boolean {
    return [...this.statesOf(keyId)].every((state) => state === absent);
  }

  statesOf(keyId: string): ReadonlySet<string> {
    return this.history.statesOf('key', keyId, '');
  }

  /** Keys that are there, as far as anybody knows. */
  livingKeys(): readonly KnownKey[] {
    return this.keys.filter(({ keyId }) => !this.isGone(keyId));
  }

  isDeletionAsked(name: string): boolean {
    return this.repositories.some((one) => one.name === name && one.isDeletionAsked);
  }

  chooseBusy(): void {
    const living = this.livingKeys();
    this.#busy = living.length === 0 ? [] : Array.from({ length: busyKeys }, () => this.random.pick(living));
  }

  /** A busy one most of the time; undefined when there is none. */
  pickKey(random: SeededRandom): KnownKey | undefined {
    const busy = this.#busy.filter(({ keyId }) => !this.isGone(keyId));
    return pickFrom(random, busy, this.livingKeys());
  }

  /** One under a busy key most of the time. */
  pickRepository(random: SeededRandom): KnownRepository | undefined {
    const living = this.livingRepositories();
    return pickFrom(
      random,
      living.filter(({ key }) => this.#busy.includes(key)),
      living,
    );
  }

  /** Repositories that nobody has asked to delete. */
  livingRepositories(): readonly KnownRepository[] {
    return this.repositories.filter(({ isDeletionAsked }) => !isDeletionAsked);
  }

  bytes({ seed, sizeBytes }: Content): Buffer {
    return seededBytes(seed, sizeBytes);
  }
}

function pickFrom<Item>(random: SeededRandom, busy: readonly Item[], all: readonly Item[]): Item | undefined {
  const from = busy.length === 0 || random.oneIn(3) ? all : busy;
  return from.length === 0 ? undefined : random.pick(from);
}
