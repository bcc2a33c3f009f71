// The three lengths of the bench: what continuous integration has time for, the usual one, and the long one.

export interface Form {
  readonly name: 'short' | 'usual' | 'long';
  /** Each case is measured so often, the targets in turn. */
  readonly rounds: number;
  /** The same for cases that mostly wait, and hardly differ from round to round. */
  readonly waitingRounds: number;
  /** The same for cases whose bytes stay on the disk until the targets end: a large push takes some 50 GiB in all. */
  readonly fillingRounds: number;
  /** One sample of small requests. */
  readonly sampleMs: number;
  /** One sample that waits: idle connections, slow readers, floods. */
  readonly waitMs: number;
  /** What stands for a layer of 1 GiB. */
  readonly layerBytes: number;
  /** What stands for one of 10 parallel layers of 200 MiB. */
  readonly parallelLayerBytes: number;
  readonly smallImages: number;
  readonly idleConnections: number;
  /** Connections at which every request case runs; the first one is the one that ratios are read from. */
  readonly connections: readonly number[];
  /** Images of the sites that growth is measured on. */
  readonly images: readonly number[];
  /** Mixed load at the end, over which memory must stay flat. */
  readonly soakMs: number;
  /** How often a server is started to see how long that takes. */
  readonly starts: number;
  /** Groups that would begin later than this are left out, with a sentence. */
  readonly budgetMs: number;
}

const mebibyte = 1024 * 1024;

const usual: Form = {
  name: 'usual',
  rounds: 5,
  waitingRounds: 3,
  fillingRounds: 3,
  starts: 3,
  sampleMs: 500,
  waitMs: 3000,
  layerBytes: 1024 * mebibyte,
  parallelLayerBytes: 200 * mebibyte,
  smallImages: 200,
  idleConnections: 1000,
  connections: [16, 1, 64],
  images: [10, 100_000],
  soakMs: 0,
  budgetMs: Number.POSITIVE_INFINITY,
};

export const forms: Readonly<Record<Form['name'], Form>> = {
  usual,
  long: { ...usual, name: 'long', images: [10, 100_000, 1_000_000], soakMs: 600_000 },
  short: {
    ...usual,
    name: 'short',
    rounds: 3,
    waitingRounds: 1,
    starts: 1,
    sampleMs: 150,
    waitMs: 600,
    layerBytes: 64 * mebibyte,
    parallelLayerBytes: 8 * mebibyte,
    smallImages: 10,
    connections: [16],
    images: [10, 5000],
    budgetMs: 72_000,
  },
};
