// Whatever is handed in as a certificate: it is the one that was signed, or it is refused in one sentence.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '#core/limits.ts';
import { signEnvelope } from '#std/dsse.ts';
import { CertificateFault, certificateKeyId, certificateType, openCertificate, publicKeyPem } from './certificate.ts';
import type { Certificate } from './certificate-form.ts';
import { ListReader, listText } from './deletion-list.ts';

interface Signer {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function newSigner(pair = generateKeyPairSync('ed25519')): Signer {
  return { ...pair, keyId: certificateKeyId(pair.publicKey) };
}

const site = newSigner();
const digest = `sha256:${'d'.repeat(64)}`;
const time = '2026-11-30T12:00:00.000Z';
const listed = [
  {
    arn: 'arn:aws:ecr:us-east-1:111122223333:repository/app',
    id: 1,
    encryptionType: 'KMS',
    images: [digest],
    layers: [],
  },
];

function certificateBy({ keyId, publicKey }: Signer, changes: object = {}): Certificate {
  const text = listText(listed);
  const list = { sha256: createHash('sha256').update(text).digest('hex'), bytes: text.length };
  return {
    format: 'sallyport-deletion-certificate',
    version: 1,
    certificateId: `dc-${'0'.repeat(28)}`,
    siteId: '0123456789abcdef',
    key: {
      arn: 'arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012',
      manager: 'CUSTOMER',
      spec: 'SYMMETRIC_DEFAULT',
      usage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      createdAt: time,
      materialIds: ['e'.repeat(64)],
      materialRemainsIn: [],
    },
    deletion: { cause: 'ScheduleKeyDeletion', scheduledBy: null, scheduledAt: null, requestId: null, executedAt: time },
    madeUnreadable: { repositories: 1, images: 1, layers: 0, list, listed },
    storage: { engine: 'sqlite', clearedAt: time },
    audit: { chain: 'audit', sequence: 5, recordSha256: 'f'.repeat(64), eventId: 'x' },
    issuedAt: time,
    signer: { keyId, algorithm: 'ed25519', publicKey: publicKeyPem(publicKey) },
    ...changes,
  };
}

const seal = (payload: unknown, signer = site, type = certificateType) =>
  signEnvelope(type, Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)), signer);
const opened = (text: string | Uint8Array, pinned?: KeyObject) => openCertificate(Buffer.from(text), pinned);

function refuses(text: string | Uint8Array, message: RegExp, pinned?: KeyObject): void {
  assert.throws(
    () => opened(text, pinned),
    (error) => {
      assert.ok(error instanceof CertificateFault, String(error));
      assert.match(error.message, message);
      return true;
    },
  );
}

test('what was signed is opened, with the key that it carries and with the pinned one', () => {
  const certificate = certificateBy(site);
  for (const pinned of [undefined, site.publicKey]) assert.deepEqual(opened(seal(certificate), pinned), certificate);
});

test('one of another site is whole, and refused by who has pinned this one', () => {
  const other = newSigner();
  const text = seal(certificateBy(other), other);
  assert.equal(opened(text).signer.keyId, other.keyId);
  refuses(text, /signed by another key/, site.publicKey);
  // Named as ours, signed by the other: in the envelope, and in both.
  refuses(seal(certificateBy(other), { ...other, keyId: site.keyId }), /signature does not fit/, site.publicKey);
  refuses(seal(certificateBy(site), { ...other, keyId: site.keyId }), /signature does not fit/);
  refuses(seal(certificateBy(site), other), /does not have the name/);
  refuses(seal(certificateBy({ ...other, keyId: site.keyId }), other), /does not have the name/);
});

test('no signature, two of them, another type, another spelling', () => {
  const text = seal(certificateBy(site));
  const { payload, payloadType, signatures } = JSON.parse(text);
  const spelt = (value: object) => `${JSON.stringify(value)}\n`;
  assert.equal(spelt({ payloadType, payload, signatures }), text, 'the spelling is that of JSON.stringify');
  refuses(spelt({ payloadType, payload, signatures: [] }), /has 0 signatures/);
  refuses(spelt({ payloadType, payload, signatures: [...signatures, ...signatures] }), /has 2 signatures/);
  refuses(spelt({ payloadType, payload }), /no DSSE envelope/);
  refuses(spelt({ payload, payloadType, signatures }), /not spelt/);
  refuses(spelt({ payloadType, payload, signatures, more: 1 }), /not spelt/);
  refuses(text.trimEnd(), /not spelt/);
  refuses(`${text}\n`, /not spelt/);
  refuses(` ${text}`, /not spelt/);
  refuses(JSON.stringify(JSON.parse(text), null, 2), /not spelt/);
  refuses(text.replace('"payload":"', '"payload":"\\u0065'), /not spelt/);
  refuses(seal(certificateBy(site), site, 'application/vnd.in-toto+json'), /says that it is application/);
  refuses('', /not JSON/);
});

test('keys that are none of Ed25519 are not believed', () => {
  for (const pair of [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('x25519'),
  ]) {
    const publicKey = publicKeyPem(pair.publicKey);
    const signer = { keyId: certificateKeyId(pair.publicKey), algorithm: 'ed25519', publicKey };
    refuses(seal(certificateBy(site, { signer })), /not one of Ed25519/);
  }
  const signer = (publicKey: string) => ({ keyId: site.keyId, algorithm: 'ed25519', publicKey });
  refuses(seal(certificateBy(site, { signer: signer('no key') })), /not one in PEM/);
  refuses(
    seal(certificateBy(site, { signer: { ...signer(publicKeyPem(site.publicKey)), algorithm: 'none' } })),
    /not what/,
  );
  // The private half of it is no public key, whoever signed.
  const pem = site.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  refuses(seal(certificateBy(site, { signer: signer(pem) })), /PEM|name/);
  // The point of order one verifies for anybody: OpenSSL is asked, not believed.
  const weak = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.alloc(1, 1), Buffer.alloc(31)]),
    format: 'der',
    type: 'spki',
  });
  const carried = { keyId: certificateKeyId(weak), algorithm: 'ed25519', publicKey: publicKeyPem(weak) };
  const anybody = seal(certificateBy(site, { signer: carried }), { ...site, keyId: carried.keyId });
  refuses(anybody, /./, site.publicKey);
});

test('large, deep and odd payloads', () => {
  refuses('x'.repeat(limits.certificateBytesMax + 1), /too large/);
  const deep = '['.repeat(80_000) + ']'.repeat(80_000);
  refuses(seal(deep), /not what a certificate|not JSON/);
  refuses(deep, /no certificate/);
  refuses(seal('{'), /not JSON/);
  for (const payload of [null, [], 1, 'text', {}, { ...certificateBy(site), more: 1 }]) {
    refuses(seal(JSON.stringify(payload)), /not what a certificate/);
  }
  const { issuedAt: _left, ...without } = certificateBy(site);
  refuses(seal(without), /not what a certificate/);
  const changes: readonly object[] = [
    { version: 2 },
    { issuedAt: 'today' },
    { storage: { engine: 'sq\u001b[2Jlite', clearedAt: time } },
    { siteId: '__proto__' },
    { audit: { chain: 'audit', sequence: -1, recordSha256: 'f'.repeat(64), eventId: 'x' } },
  ];
  for (const change of changes) refuses(seal(certificateBy(site, change)), /not what a certificate/);
  const proto = JSON.stringify(certificateBy(site)).replace('"version":1', '"__proto__":1');
  refuses(seal(proto), /not what a certificate/);
});

test('a certificate whose list is another one than it names contradicts itself', () => {
  const { madeUnreadable } = certificateBy(site);
  for (const change of [
    { images: 2 },
    { repositories: 0 },
    { listed: [] },
    { list: { ...madeUnreadable.list, bytes: 1 } },
  ]) {
    refuses(seal(certificateBy(site, { madeUnreadable: { ...madeUnreadable, ...change } })), /contradicts itself/);
  }
});

test('whatever the bytes, nothing but a refusal comes of them', () => {
  const text = seal(certificateBy(site));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 2000 }),
        fc.json().map((json) => Buffer.from(`${json}\n`)),
        fc.json().map((json) => Buffer.from(seal(json))),
        fc.tuple(fc.nat(text.length), fc.nat(text.length)).map(([from, to]) => Buffer.from(text.slice(from, to))),
      ),
      (bytes) => {
        assert.throws(() => openCertificate(bytes), CertificateFault);
      },
    ),
    { numRuns: 300 },
  );
});

test('a list is read the same in whatever pieces, and one with a fault is named by its line', () => {
  const text = Buffer.from(
    listText([
      ...listed,
      { ...listed[0], arn: `${listed[0]?.arn}2`, id: null, images: [], layers: [digest] },
    ] as typeof listed),
  );
  const read = (pieces: readonly Uint8Array[]) => {
    const reader = new ListReader();
    for (const piece of pieces) reader.read(piece);
    return reader.end();
  };
  const whole = read([text]);
  assert.deepEqual([whole.repositories, whole.images, whole.layers, whole.fault], [2, 1, 1, undefined]);
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const ends = [0, ...cuts.toSorted((left, right) => left - right), text.length];
      assert.deepEqual(read(ends.slice(1).map((end, index) => text.subarray(ends[index], end))), whole);
    }),
  );
  const header = 'sallyport-deletion-list 1\n';
  const repository = `repository ${listed[0]?.arn} 1 KMS\n`;
  for (const [lines, fault] of [
    ['', 'line 1 is missing'],
    ['x\n', 'line 1 is not the header of a list'],
    [`${header}image ${digest}\n`, 'line 2 is out of order'],
    [`${header}${repository}layer ${digest}\nimage ${digest}\n`, 'line 4 is out of order'],
    [`${header}${repository}image ${digest}\nimage ${digest}\n`, 'line 4 is out of order'],
    [`${header}${repository}image sha256:x\n`, 'line 3 is no line of a list'],
    [`${header}${repository}${'x'.repeat(5000)}`, 'line 2 is too long'],
    [header.trimEnd(), 'line 1 does not end'],
  ] as const) {
    assert.equal(read([Buffer.from(lines)]).fault, fault, lines);
  }
});
