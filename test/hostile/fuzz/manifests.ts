// Fuzzes the manifest checker: a manifest or a refusal, and every digest that it names is one.

import fc from 'fast-check';
import { parseDigest } from '../../../src/core/digest.ts';
import { isKind } from '../../../src/core/errors.ts';
import { type Manifest, parseManifest } from '../../../src/registry/images/manifest/parse.ts';
import { damaged, type Fuzz, fuzzer } from './fuzz.ts';

const digest = fc.constantFrom(
  ...[
    `sha256:${'a'.repeat(64)}`,
    `sha512:${'b'.repeat(128)}`,
    `sha256:${'A'.repeat(64)}`,
    'sha256:',
    '../x',
    '',
    'md5:00',
  ],
);
const mediaType = fc.constantFrom(
  ...['application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.index.v1+json', 'text/html', '', 'x'],
  ...[
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
  ],
  ...['application/vnd.docker.distribution.manifest.v1+prettyjws', 'application/vnd.oci.image.config.v1+json'],
);
const odd = fc.constantFrom<unknown>(null, 7, 'x', [], {}, true, -1, 1.5, 2 ** 53, 1e300, '\u0000');
const maybe = (value: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: odd });
const descriptor = maybe(
  fc.record(
    {
      mediaType: maybe(mediaType),
      digest: maybe(digest),
      size: maybe(fc.nat()),
      annotations: maybe(fc.dictionary(fc.string(), fc.string())),
      urls: maybe(fc.array(fc.string())),
    },
    { requiredKeys: [] },
  ),
);
const manifest = fc.record(
  {
    schemaVersion: maybe(fc.constantFrom(1, 2)),
    mediaType: maybe(mediaType),
    config: descriptor,
    layers: maybe(fc.array(descriptor, { maxLength: 4 })),
    manifests: maybe(fc.array(descriptor, { maxLength: 4 })),
    fsLayers: maybe(fc.array(fc.record({ blobSum: maybe(digest) }), { maxLength: 3 })),
    history: maybe(fc.array(fc.record({ v1Compatibility: maybe(fc.string()) }), { maxLength: 3 })),
    subject: descriptor,
    artifactType: maybe(fc.string()),
    annotations: maybe(fc.dictionary(fc.string(), maybe(fc.string()))),
  },
  { requiredKeys: [] },
);
const texts = fc.oneof(
  manifest.map((value) => JSON.stringify(value)),
  damaged(
    manifest.map((value) => JSON.stringify(value)),
    '{}[]",:0a',
  ),
);

function parsed(bytes: Buffer, contentType: string | undefined): Manifest | undefined {
  try {
    return parseManifest(bytes, contentType);
  } catch (error) {
    if (isKind(error, 'manifest-invalid') || isKind(error, 'manifest-too-large')) return undefined;
    throw error;
  }
}

export const manifestFuzzers: readonly Fuzz[] = [
  fuzzer('manifests: whatever the bytes, a manifest whose digests and sizes are right, or a refusal', 800, () =>
    fc.property(texts, fc.option(mediaType, { nil: undefined }), (text, contentType) => {
      const found = parsed(Buffer.from(text), contentType);
      if (found === undefined) return true;
      const named = [...found.layers, ...found.children];
      const sizes = named.map(({ sizeBytes }) => sizeBytes ?? 0);
      return (
        named.every((one) => parseDigest(one.digest) === one.digest) &&
        sizes.every((size) => Number.isSafeInteger(size) && size >= 0) &&
        (found.subject === undefined || parseDigest(found.subject) === found.subject) &&
        new Set(named.map((one) => one.digest)).size === named.length
      );
    }),
  ),
  fuzzer('manifests: bytes that are no text', 300, () =>
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.option(mediaType, { nil: undefined }), (bytes, contentType) => {
      parsed(Buffer.from(bytes), contentType);
    }),
  ),
];
