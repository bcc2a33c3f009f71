// The OCI door: manifests that are too many, too deep, too large, of two minds about what they are, or not there.

import { limits } from '../../../src/core/limits.ts';
import type { Expectation, HostileCase } from '../case.ts';

const imageType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const dockerType = 'application/vnd.docker.distribution.manifest.v2+json';
const listType = 'application/vnd.docker.distribution.manifest.list.v2+json';

const invalid: Expectation = { status: 400, code: 'MANIFEST_INVALID' };
const missing: Expectation = { status: 404, code: 'MANIFEST_BLOB_UNKNOWN' };
const absent = `sha256:${'0'.repeat(64)}`;
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: absent, size: 2 };
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: absent, size: 2 };
const image = { schemaVersion: 2, mediaType: imageType, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: indexType, manifests: [] as readonly object[] };

const push = (
  name: string,
  body: string | Buffer | object,
  expect: Expectation,
  type: string | undefined = imageType,
): HostileCase => ({
  door: 'oci',
  name: `push ${name}`,
  send: {
    method: 'PUT',
    path: '/v2/team/app/manifests/hostile',
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    headers: type === undefined ? {} : { 'content-type': type },
  },
  expect,
});

const notManifests: readonly string[] = [
  ...[
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '7',
    '{}',
    '{}x',
    '{}{}',
    '{"schemaVersion":2,"schemaVersion":2}',
    '<xml/>',
    '\u0000',
  ],
  ...[
    '{"schemaVersion":"2"}',
    '{"schemaVersion":3}',
    '{"schemaVersion":2}',
    '{"schemaVersion":2.5}',
    '{"schemaVersion":1e999}',
  ],
  ...['['.repeat(100_000), '{"a":'.repeat(100_000), `{"a":${'['.repeat(40)}${']'.repeat(40)}}`],
  ...['<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "b">]><l>&a;</l>'],
];

const descriptors: ReadonlyArray<readonly [string, unknown]> = [
  ['null', null],
  ['a string', 'x'],
  ['an array', []],
  ['empty', {}],
  ['without a size', { mediaType: layer.mediaType, digest: absent }],
  ['of a negative size', { ...layer, size: -1 }],
  ['of size 1.5', { ...layer, size: 1.5 }],
  ['of size 2^53', { ...layer, size: 2 ** 53 }],
  ['of size 1e300', { ...layer, size: 1e300 }],
  ['of size "2"', { ...layer, size: '2' }],
  ['of an upper-case digest', { ...layer, digest: `sha256:${'A'.repeat(64)}` }],
  ['of a short digest', { ...layer, digest: 'sha256:00' }],
  ['of an md5 digest', { ...layer, digest: `md5:${'0'.repeat(32)}` }],
  ['of a digest that is a path', { ...layer, digest: '../../../../keys/root.key' }],
  ['of digest null', { ...layer, digest: null }],
  ['of media type 7', { ...layer, mediaType: 7 }],
];

const descriptorCases: readonly HostileCase[] = descriptors.flatMap(([what, descriptor]) => [
  push(`a layer ${what}`, { ...image, layers: [descriptor] }, invalid),
  push(`a config ${what}`, { ...image, config: descriptor }, invalid),
  push(`a child ${what}`, { ...index, manifests: [descriptor] }, invalid, indexType),
  ...(descriptor === null ? [] : [push(`a subject ${what}`, { ...image, subject: descriptor }, invalid)]),
]);

const shapes: ReadonlyArray<readonly [string, object, string]> = [
  ['layers that are an object', { ...image, layers: {} }, imageType],
  ['layers that are a string', { ...image, layers: 'none' }, imageType],
  ['manifests that are an object', { ...index, manifests: {} }, indexType],
  ['an index as an image', index, imageType],
  ['an image as an index', image, indexType],
  ['an image whose member says index', { ...image, mediaType: indexType }, imageType],
  ['an index whose member says image', { ...index, mediaType: imageType }, indexType],
  ['an image whose member says docker', { ...image, mediaType: dockerType }, imageType],
  ['a list whose member says index', { ...index, mediaType: indexType }, listType],
  ['both layers and manifests', { ...image, manifests: [] }, imageType],
  ['both manifests and config', { ...index, config }, indexType],
  ['both fsLayers and layers', { ...image, fsLayers: [] }, imageType],
  ['media type 7', { ...image, mediaType: 7 }, imageType],
  ['annotations that are no texts', { ...image, annotations: { a: 1 } }, imageType],
  ['annotations that are a list', { ...image, annotations: [] }, imageType],
  ['an artifact type that is a number', { ...image, artifactType: 7 }, imageType],
];

const types: readonly string[] = [
  ...['text/plain', 'application/json', 'application/xml', 'x', `${imageType}x`, `${imageType}, ${indexType}`],
  ...[`a/${'b'.repeat(5000)}`, 'application/vnd.oci.image.manifest.v2+json', '*/*', '../..', 'text/html'],
];

const many = (count: number) =>
  Array.from({ length: count }, (_, position) => ({
    ...layer,
    digest: `sha256:${position.toString(16).padStart(64, '0')}`,
  }));

const large: readonly HostileCase[] = [
  push('10,000 layers', { ...image, layers: many(10_000) }, invalid),
  push('4,097 layers', { ...image, layers: many(limits.manifestDescriptorsMax + 1) }, invalid),
  push('4,096 layers that are not there', { ...image, layers: many(limits.manifestDescriptorsMax) }, missing),
  push('4,096 times the same layer', { ...image, layers: Array.from({ length: 4096 }, () => layer) }, missing),
  push('10,000 children', { ...index, manifests: many(10_000) }, invalid, indexType),
  push('4 MiB of white space', ' '.repeat(limits.manifestSizeBytesMax), invalid),
  push('white space around a manifest', `${' '.repeat(4_000_000)}${JSON.stringify(image)}`, missing),
  push('one byte too many', `${JSON.stringify(image)}${' '.repeat(limits.manifestSizeBytesMax)}`, {
    status: 413,
    code: 'SIZE_INVALID',
  }),
  push('a string of 4 MiB', { ...image, annotations: { a: 'x'.repeat(4_194_304 - 1000) } }, missing),
  push(
    '100,000 annotations',
    {
      ...image,
      annotations: Object.fromEntries(Array.from({ length: 100_000 }, (_, position) => [`a${position}`, 'b'])),
    },
    { status: [400, 404], code: ['MANIFEST_INVALID', 'MANIFEST_BLOB_UNKNOWN'], withinMs: 2000 },
  ),
  push('a number of 4 MiB', `{"schemaVersion":${'1'.repeat(4_000_000)}}`, invalid),
  push(
    'invalid UTF-8',
    Buffer.concat([Buffer.from('{"schemaVersion":2,"x":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    invalid,
  ),
];

const manyTags = Array.from({ length: 51 }, (_, position) => `tag=t${position}`).join('&');

/** A manifest cannot name itself: its digest would have to be known before its bytes. What is absent is missing. */
const references: readonly HostileCase[] = [
  push(
    'an index of what is not there',
    { ...index, manifests: [{ ...layer, mediaType: imageType }] },
    missing,
    indexType,
  ),
  push(
    'an index that names a layer',
    { ...index, manifests: [{ mediaType: imageType, digest: '{layer}', size: 100_000 }] },
    missing,
    indexType,
  ),
  push('an image whose layer is a manifest', { ...image, layers: [{ ...layer, digest: '{digest}' }] }, missing),
  {
    door: 'oci',
    name: 'push under a digest that is not its own',
    send: {
      method: 'PUT',
      path: `/v2/team/app/manifests/${absent}`,
      body: JSON.stringify(image),
      headers: { 'content-type': imageType },
    },
    expect: { status: [400, 404], code: ['DIGEST_INVALID', 'MANIFEST_BLOB_UNKNOWN'] },
  },
  {
    door: 'oci',
    name: 'push with 51 tags',
    send: {
      method: 'PUT',
      path: `/v2/team/app/manifests/{digest}?${manyTags}`,
      body: '{}',
      headers: { 'content-type': imageType },
    },
    expect: { status: 414, code: 'UNSUPPORTED' },
  },
  {
    door: 'oci',
    name: 'push with a wrong tag among good ones',
    send: { method: 'PUT', path: '/v2/team/app/manifests/{digest}?tag=good&tag=../bad', body: '{}' },
    expect: { status: 400, code: 'MANIFEST_INVALID' },
  },
];

export const ociManifestCases: readonly HostileCase[] = [
  ...notManifests.map((body) => push(`no manifest: ${body.slice(0, 30)}`, body, invalid)),
  ...descriptorCases,
  ...shapes.map(([what, body, type]) => push(what, body, invalid, type)),
  ...types.map((type) => push(`as ${type.slice(0, 40)}`, image, { status: [400, 404] }, type)),
  push('without a type', { ...image, mediaType: undefined }, { status: [400, 404] }, undefined),
  ...large,
  ...references,
];
