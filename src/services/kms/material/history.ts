// What a key had and has for material, one entry each, however it came to be there.

export interface MaterialEntry {
  readonly materialId: string;
  readonly state: 'CURRENT' | 'NON_CURRENT' | 'PENDING_ROTATION' | 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  /** Not of the material that the key began with, nor of what waits. */
  readonly rotation?: { readonly kind: 'AUTOMATIC' | 'ON_DEMAND'; readonly atMs: number };
  /** Of imported material. */
  readonly imported?: {
    readonly isThere: boolean;
    readonly validToMs: number | undefined;
    readonly description: string | undefined;
  };
}
