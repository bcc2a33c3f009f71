// For tests: a file of the volatile disk. Written sectors reach the disk one by one, in any order, until it is synced.

import type { Chance } from './seeded-chance.ts';

/** What a disk writes whole or not at all. */
const sectorBytes = 512;

type Change = { readonly position: number; readonly bytes: Buffer } | { readonly lengthBytes: number };

export class DiskFile {
  #content: Buffer;
  #durable: Buffer;
  #changes: Change[] = [];

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#content = content;
    this.#durable = content;
  }

  get sizeBytes(): number {
    return this.#content.length;
  }

  /** As everybody sees it while the power is on. */
  get content(): Buffer {
    return this.#content;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#change({ position, bytes: Buffer.from(bytes) });
  }

  truncate(lengthBytes: number): void {
    this.#change({ lengthBytes });
  }

  sync(): void {
    this.#durable = this.#content;
    this.#changes = [];
  }

  /** How much a read got, from `position`; 0 at the end. */
  read(target: Uint8Array, position: number): number {
    const piece = this.#content.subarray(position, position + target.length);
    target.set(piece);
    return piece.length;
  }

  /** Any length that it ever had since the last sync, and in each sector what stood there at any time since. */
  afterPowerCut(chance: Chance): DiskFile {
    const versions = [this.#durable];
    for (const change of this.#changes) versions.push(applied(versions.at(-1) ?? this.#durable, change));
    const pick = () => versions[Math.floor(chance() * versions.length)] ?? this.#durable;
    const kept = Buffer.alloc(pick().length);
    // Half of all files are in one piece: the last version under an old length, or an old one under the last.
    const whole = chance() < 0.5 ? pick() : undefined;
    for (let start = 0; start < kept.length; start += sectorBytes) {
      (whole ?? pick()).subarray(start, start + sectorBytes).copy(kept, start);
    }
    return new DiskFile(kept);
  }

  #change(change: Change): void {
    this.#content = applied(this.#content, change);
    this.#changes.push(change);
  }
}

/** What lies between the old end and the new bytes is zero. */
function applied(content: Buffer, change: Change): Buffer {
  const lengthBytes = 'lengthBytes' in change ? change.lengthBytes : change.position + change.bytes.length;
  const isCut = 'lengthBytes' in change;
  const next = Buffer.alloc(isCut ? lengthBytes : Math.max(content.length, lengthBytes));
  content.copy(next);
  if ('bytes' in change) change.bytes.copy(next, change.position);
  return next;
}
