// Every kind of manifest is read as it should be, and whatever else is refused by a DomainError.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { type Manifest, parseManifest } from './parse.ts';

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip';

function sha256(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

function descriptor(digit: string, more: object = {}): object {
  return { mediaType: gzip, digest: sha256(digit), size: 10, ...more };
}

const config = descriptor('c', { mediaType: 'application/vnd.oci.image.config.v1+json' });

function image(more: object = {}): object {
  return { schemaVersion: 2, mediaType: ociManifest, config, layers: [descriptor('1')], ...more };
}

function index(more: object = {}): object {
  return { schemaVersion: 2, mediaType: ociIndex, manifests: [descriptor('a', { mediaType: ociManifest })], ...more };
}

function parse(body: object, contentType?: string): Manifest {
  return parseManifest(Buffer.from(JSON.stringify(body)), contentType);
}

function refuses(bytes: Uint8Array | object, reason: RegExp, contentType?: string): void {
  const buffer = bytes instanceof Uint8Array ? bytes : Buffer.from(JSON.stringify(bytes));
  assert.throws(
    () => parseManifest(buffer, contentType),
    (error) => {
      assert.ok(error instanceof DomainError && error.kind === 'manifest-invalid', String(error));
      assert.match(error.message, /^Invalid parameter at 'ImageManifest' failed to satisfy constraint: '/);
      assert.match(error.message, reason);
      return true;
    },
  );
}

describe('what is taken in', () => {
  test('images of both families: configuration and layers, each digest once', () => {
    for (const mediaType of [ociManifest, dockerManifest]) {
      const layers = [descriptor('1'), descriptor('2'), descriptor('1')];
      const manifest = parse(image({ mediaType, layers }));
      assert.equal(manifest.mediaType, mediaType);
      assert.deepEqual(
        manifest.layers.map((layer) => layer.digest),
        [sha256('c'), sha256('1'), sha256('2')],
      );
      assert.deepEqual(manifest.children, []);
    }
  });

  test('indexes of both families, nested and empty ones', () => {
    for (const mediaType of [ociIndex, dockerList]) {
      const manifests = [descriptor('a', { mediaType: ociManifest }), descriptor('b', { mediaType })];
      assert.deepEqual(
        parse(index({ mediaType, manifests })).children.map((child) => child.digest),
        [sha256('a'), sha256('b')],
      );
    }
    assert.deepEqual(parse(index({ manifests: [] })).children, []);
    assert.deepEqual(parse(index({ manifests: null })).children, []);
  });

  test('schema 1, with its media type said outside or not at all', () => {
    const body = { schemaVersion: 1, fsLayers: [{ blobSum: sha256('1') }, { blobSum: sha256('1') }], history: [] };
    assert.equal(parse(body).mediaType, 'application/vnd.docker.distribution.manifest.v1+json');
    const signed = parse({ ...body, signatures: [] });
    assert.equal(signed.mediaType, 'application/vnd.docker.distribution.manifest.v1+prettyjws');
    const layer = { digest: sha256('1'), sizeBytes: undefined, mediaType: undefined, mayBeAbsent: false };
    assert.deepEqual(parse(body, 'application/vnd.docker.distribution.manifest.v1+prettyjws').layers, [layer]);
  });

  test("BuildKit's cache as an index of blobs refers to layers, not to images", () => {
    const entries = [descriptor('1'), descriptor('2', { mediaType: 'application/vnd.buildkit.cacheconfig.v0' })];
    const manifest = parse(index({ manifests: entries }));
    assert.deepEqual(
      manifest.layers.map((layer) => layer.digest),
      [sha256('1'), sha256('2')],
    );
    assert.deepEqual(manifest.children, []);
    const asImage = parse(image({ config: entries[1], layers: [entries[0]] }));
    assert.equal(asImage.artifactType, 'application/vnd.buildkit.cacheconfig.v0');
  });

  test('sha512 digests, and an unknown subject', () => {
    const digest = `sha512:${'d'.repeat(128)}`;
    const subject = { mediaType: ociManifest, digest, size: 1 };
    assert.equal(parse(image({ subject, layers: [{ mediaType: gzip, digest, size: 0 }] })).subject, digest);
    assert.equal(parse(index({ subject })).subject, digest);
    assert.equal(parse(image({ subject: null })).subject, undefined);
  });

  test('the artifact type is its own, else the configuration, and of an index only its own', () => {
    assert.equal(parse(image({ artifactType: 'a/b' })).artifactType, 'a/b');
    assert.equal(parse(image()).artifactType, 'application/vnd.oci.image.config.v1+json');
    assert.equal(parse(image({ artifactType: '' })).artifactType, 'application/vnd.oci.image.config.v1+json');
    assert.equal(parse(index({ artifactType: 'a/b' })).artifactType, 'a/b');
    assert.equal(parse(index()).artifactType, undefined);
  });

  test('non-distributable layers with urls may be absent, others may not', () => {
    const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const nondistributable = 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd';
    const urls = ['https://example.com/layer'];
    const layers = [
      descriptor('1', { mediaType: foreign, urls }),
      descriptor('2', { mediaType: nondistributable, urls }),
      descriptor('3', { mediaType: foreign }),
      descriptor('4', { urls }),
    ];
    const manifest = parse(image({ layers }));
    assert.deepEqual(
      manifest.layers.map((layer) => layer.mayBeAbsent),
      [false, true, true, false, false],
    );
    const twice = [descriptor('1', { mediaType: foreign, urls }), descriptor('1')];
    for (const list of [twice, twice.toReversed()]) {
      assert.equal(parse(image({ layers: list })).layers[1]?.mayBeAbsent, false);
    }
  });

  test('the media type may come from either side, with parameters', () => {
    assert.equal(parse(image({ mediaType: undefined }), `${ociManifest}; charset=utf-8`).mediaType, ociManifest);
    assert.equal(parse(image(), ' Application/VND.oci.image.manifest.v1+json ;x=y').mediaType, ociManifest);
    assert.equal(parse(image()).mediaType, ociManifest);
  });
});

describe('what is refused', () => {
  test('text that is not strict JSON in UTF-8', () => {
    const good = JSON.stringify(image());
    for (const text of ['', '{', `${good}x`, `\ufeff${good}`, good.replace('{', '{"schemaVersion":2,')]) {
      refuses(Buffer.from(text), /Invalid JSON syntax/);
    }
    refuses(Buffer.concat([Buffer.from(good), Buffer.from([0xff])]), /Invalid JSON syntax/);
    refuses(Buffer.from(`${'['.repeat(100)}${']'.repeat(100)}`), /Invalid JSON syntax/);
    refuses(Buffer.from('null'), /must be an object/);
  });

  test('media types that disagree, are missing or unknown', () => {
    refuses(image(), /differs from the declared/, dockerManifest);
    refuses(image(), /differs from the declared/, 'application/json');
    refuses(image({ mediaType: undefined }), /image manifest mediatype not provided/);
    refuses(image({ mediaType: 7 }), /mediaType must be a string/);
    refuses(image({ mediaType: 'application/vnd.oci.artifact.manifest.v1+json' }), /not supported/);
    refuses(image({ mediaType: 'toString' }), /not supported/);
  });

  test('bodies that fit two shapes', () => {
    refuses(image({ manifests: [] }), /manifests is not allowed/);
    refuses(index({ layers: [] }), /layers is not allowed/);
    refuses(index({ config }), /config is not allowed/);
  });

  test('wrong versions and missing members', () => {
    refuses(image({ schemaVersion: 1 }), /schemaVersion must be 2/);
    refuses(image({ schemaVersion: '2' }), /schemaVersion must be 2/);
    refuses(image({ config: undefined }), /config must be an object/);
    refuses(image({ layers: undefined }), /layers must be an array/);
    refuses(index({ manifests: {} }), /manifests must be an array/);
  });

  test('descriptors with bad digests, sizes, types, urls or annotations', () => {
    const bad: [object, RegExp][] = [
      [{ digest: 'sha256:abc' }, /digest must be/],
      [{ digest: `md5:${'0'.repeat(32)}` }, /digest must be/],
      [{ digest: sha256('A') }, /digest must be/],
      [{ size: -1 }, /size must be/],
      [{ size: 1.5 }, /size must be/],
      [{ size: 2 ** 53 }, /size must be/],
      [{ size: '10' }, /size must be/],
      [{ mediaType: '' }, /layers\[0\] must have a mediaType/],
      [{ urls: 'x' }, /urls/],
      [{ annotations: { a: 1 } }, /annotations must map/],
    ];
    for (const [change, reason] of bad) refuses(image({ layers: [descriptor('1', change)] }), reason);
    refuses(image({ layers: [7] }), /layers\[0\] must be an object/);
    refuses(image({ annotations: [] }), /annotations must be an object/);
    refuses(image({ subject: { digest: sha256('1') } }), /subject must have a mediaType/);
    refuses(image({ layers: [descriptor('1'), descriptor('1', { size: 11 })] }), /two sizes/);
  });

  test('too many descriptors and too many bytes', () => {
    const layers = Array.from({ length: limits.manifestDescriptorsMax + 1 }, () => descriptor('1'));
    refuses(image({ layers }), /at most 4096/);
    const bytes = Buffer.alloc(limits.manifestSizeBytesMax + 1, 0x20);
    assert.throws(
      () => parseManifest(bytes),
      (error) => error instanceof DomainError && error.kind === 'manifest-too-large',
    );
  });
});

test('whatever comes, nothing but a DomainError is thrown', () => {
  const names = fc.constantFrom(
    'schemaVersion',
    'mediaType',
    'config',
    'layers',
    'manifests',
    'digest',
    'size',
    'subject',
    'fsLayers',
    '__proto__',
    'annotations',
    'urls',
  );
  const leaf = fc.oneof(
    fc.constantFrom(1, 2, -1, 1e300, null, '', ociManifest, ociIndex, sha256('1')),
    fc.string(),
    fc.boolean(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(names, tie('value')),
    ),
  }));
  const body = fc.oneof(
    value.map((json) => Buffer.from(JSON.stringify(json))),
    fc
      .tuple(fc.constantFrom(image(), index()), fc.dictionary(names, value))
      .map(([base, change]) => Buffer.from(JSON.stringify({ ...base, ...change }))),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(
      body,
      fc.option(fc.oneof(fc.constantFrom(ociManifest, ociIndex), fc.string()), { nil: undefined }),
      (bytes, type) => {
        try {
          const manifest = parseManifest(bytes, type);
          assert.ok(manifest.layers.length + manifest.children.length <= limits.manifestDescriptorsMax + 1);
        } catch (error) {
          assert.ok(error instanceof DomainError, String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
});
