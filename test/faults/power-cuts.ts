// Power cuts by the hundred: plays of the file store, the encrypted store and the audit log, one seed after the other.

import { systemRandom } from '../../src/core/random.ts';
import { playAuditPowerCuts } from '../../src/services/cloudtrail/testing/power-cut-audit-play.ts';
import { encryptedBlobStore } from '../../src/stores/blobs/encrypted/encrypted-store.ts';
import { openFileBlobStore } from '../../src/stores/blobs/file/file-store.ts';
import { memoryKeyRing } from '../../src/stores/blobs/testing/memory-key-ring.ts';
import { type PowerCutPlay, playPowerCuts } from '../../src/stores/blobs/testing/power-cut-play.ts';
import { Violation } from './checking/registers.ts';

export interface PowerCutOptions {
  /** Of the first play; each further one has the next number. */
  readonly seed: number;
  /** For each of the three at least so many. */
  readonly cuts: number;
  readonly progress: (line: string) => void;
}

export interface PowerCutRow {
  readonly what: string;
  readonly plays: number;
  cuts: number;
  acknowledged: number;
  checked: number;
  readonly lost: 0;
}

type Play = (seed: number, counts: { cuts: number; acknowledged: number; checked: number }) => Promise<void>;

const random = systemRandom;
const keyRing = memoryKeyRing(random);

const openPlain: PowerCutPlay['open'] = (fileSystem, directory) => openFileBlobStore({ directory, random, fileSystem });
const openEncrypted: PowerCutPlay['open'] = async (fileSystem, directory) =>
  encryptedBlobStore({ store: await openPlain(fileSystem, directory), keyRing, random });

const plays: ReadonlyArray<readonly [what: string, play: Play]> = [
  ['file store', (seed, counts) => playPowerCuts({ seed, open: openPlain }, counts)],
  ['encrypted store', (seed, counts) => playPowerCuts({ seed, open: openEncrypted }, counts)],
  ['audit log', (seed, counts) => playAuditPowerCuts({ seed }, counts)],
];

/** Rejects with a Violation that names the seed of the play when anything that was acknowledged is lost. */
export async function runPowerCuts({ seed: first, cuts, progress }: PowerCutOptions): Promise<readonly PowerCutRow[]> {
  const rows: PowerCutRow[] = [];
  for (const [what, play] of plays) {
    const counts = { cuts: 0, acknowledged: 0, checked: 0 };
    let seed = first;
    for (; counts.cuts < cuts; seed += 1) {
      await play(seed, counts).catch((error: unknown) => {
        throw new Violation(`${what}, seed ${seed}: ${String(error)}`, { cause: error });
      });
    }
    progress(`${what}: seeds ${first} to ${seed - 1}, ${counts.cuts} power cuts`);
    rows.push({ what, plays: seed - first, ...counts, lost: 0 });
  }
  return rows;
}
