// The media types of manifests that are taken in, and what each looks like inside (ecr-dataplane.md §5).

export type ManifestShape = 'image' | 'index' | 'schema1';

const shapes: ReadonlyMap<string, ManifestShape> = new Map([
  ['application/vnd.oci.image.manifest.v1+json', 'image'],
  ['application/vnd.docker.distribution.manifest.v2+json', 'image'],
  ['application/vnd.oci.image.index.v1+json', 'index'],
  ['application/vnd.docker.distribution.manifest.list.v2+json', 'index'],
  ['application/vnd.docker.distribution.manifest.v1+json', 'schema1'],
  ['application/vnd.docker.distribution.manifest.v1+prettyjws', 'schema1'],
]);

/** Undefined for a media type that is not taken in; the OCI artifact manifest, which was withdrawn, is one. */
export function shapeOf(mediaType: string): ManifestShape | undefined {
  return shapes.get(mediaType);
}

/** The type of schema 1, which does not say it in its body. */
export function schema1MediaType(isSigned: boolean): string {
  return `application/vnd.docker.distribution.manifest.v1+${isSigned ? 'prettyjws' : 'json'}`;
}

/** `Application/X; charset=utf-8` → `application/x`: parameters are ignored and the name has no case (RFC 9110). */
export function essenceOf(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** BuildKit's cache may come as an index whose entries are blobs; this one, its configuration, tells. */
export const buildkitCacheConfig = 'application/vnd.buildkit.cacheconfig.v0';

/** Layers that may stay at the place their `urls` name. */
const nondistributable: readonly string[] = [
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
];

export function isNondistributable(mediaType: string): boolean {
  return nondistributable.some(
    (known) => mediaType === known || mediaType.startsWith(`${known}.`) || mediaType.startsWith(`${known}+`),
  );
}
