// What the driver knows across kills: contents it has made, pushes and uploads it has begun, and the history.

import { digestOf, imageManifestType } from '../../support/oci-client.ts';
import { History } from '../checking/history.ts';
import { type SeededRandom, seededBytes } from './seeded-random.ts';

/** Bytes that are made again from their seed whenever they are needed. */
export interface Content {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly seed: number;
}

export interface Image {
  readonly digest: string;
  readonly manifest: Buffer;
  readonly contents: readonly Content[];
}

/** When the driver last learnt that a layer is there. */
export interface Told {
  readonly atMs: number;
  readonly moment: number;
}

/** A push whose layers were all told to be there; the kill came before its manifest was answered. */
export interface StrandedPush {
  readonly repository: string;
  readonly tag: string;
  readonly image: Image;
  readonly told: readonly Told[];
}

export interface OpenUpload {
  readonly repository: string;
  readonly content: Content;
  /** Undefined until its start was answered. */
  readonly location: string;
  /** What the server has said it has; it may have `sentBytes`. */
  receivedBytes: number;
  sentBytes: number;
  /** Asked for and not answered: completed, or cancelled, or neither. */
  ending: 'complete' | 'cancel' | undefined;
}

export interface World {
  readonly history: History;
  readonly random: SeededRandom;
  readonly graceMs: number;
  readonly repositories: readonly string[];
  /** Tags that all clients move at once. */
  readonly busyTags: readonly string[];
  /** Images and layers that all clients push and delete again and again. */
  readonly stock: readonly Image[];
  readonly stockLayers: readonly Content[];
  /** All images that were ever pushed, by digest. */
  readonly images: Map<string, Image>;
  /** `repository digest`, newest last: images whose push was answered in this life of the server or the last. */
  recent: Array<{ readonly repository: string; readonly digest: string }>;
  uploads: OpenUpload[];
  stranded: StrandedPush[];
  /** Names and seeds that were not given before. */
  nextNumber(): number;
  readonly counts: Counts;
}

export interface Counts {
  asked: number;
  answered: number;
  writes: number;
  pulls: number;
  resumed: number;
  /** Pushes that were rightly refused, because a layer had been deleted or its grace was over. */
  refused: number;
  /** Layers that collection has removed, as far as anybody looked. */
  collected: number;
}

export function newWorld(random: SeededRandom, graceMs: number): World {
  let number = 1_000_000;
  const stockLayers = Array.from({ length: 8 }, (_, index) => contentOf(index + 1, random.between(100, 80_000)));
  const stock = Array.from({ length: 6 }, (_, index) => {
    const config = contentOf(1000 + index, 300);
    return imageOf(
      config,
      [0, 1, 2].map(() => random.pick(stockLayers)),
    );
  });
  return {
    history: new History(),
    random,
    graceMs,
    repositories: ['faults/one', 'faults/two', 'faults/three'],
    busyTags: ['latest', 'stable', 'edge'],
    stock,
    stockLayers,
    images: new Map(),
    recent: [],
    uploads: [],
    stranded: [],
    nextNumber() {
      number += 1;
      return number;
    },
    counts: { asked: 0, answered: 0, writes: 0, pulls: 0, resumed: 0, refused: 0, collected: 0 },
  };
}

export function contentOf(seed: number, sizeBytes: number): Content {
  return { seed, sizeBytes, digest: digestOf(seededBytes(seed, sizeBytes)) };
}

export function bytesOf({ seed, sizeBytes }: Content): Buffer {
  return seededBytes(seed, sizeBytes);
}

/** The same contents make the same image: byte for byte, digest for digest. */
export function imageOf(config: Content, layers: readonly Content[]): Image {
  const descriptorOf = (mediaType: string, { digest, sizeBytes }: Content) => ({ mediaType, digest, size: sizeBytes });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: imageManifestType,
      config: descriptorOf('application/vnd.oci.image.config.v1+json', config),
      layers: layers.map((layer) => descriptorOf('application/vnd.oci.image.layer.v1.tar', layer)),
    }),
  );
  const contents = [...new Map([config, ...layers].map((content) => [content.digest, content])).values()];
  return { digest: digestOf(manifest), manifest, contents };
}
