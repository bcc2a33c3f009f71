// What a site is filled with before it is measured, and what the measuring needs to know of it afterwards.

export interface SitePlan {
  readonly dataFolder: string;
  /** Images in all; at least one. */
  readonly images: number;
  /** Inline policies of the measured caller; the last one is what lets it work. */
  readonly policies: number;
}

export interface GeneratedUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface GeneratedImage {
  readonly tag: string;
  readonly digest: string;
}

export interface GeneratedSite {
  readonly accountId: string;
  /** The caller that is measured, and another one that floods. */
  readonly caller: GeneratedUser;
  readonly flooder: GeneratedUser;
  /** Some images of the measured repository, spread over all of them. */
  readonly images: readonly GeneratedImage[];
  /** A small layer that every image has. */
  readonly layerDigest: string;
  readonly tookMs: number;
}

export const benchRepository = 'bench/app';
export const benchRegion = 'us-east-1';
