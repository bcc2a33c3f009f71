// The PNG holds the very modules of the code, and what the code says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, inflateSync } from 'node:zlib';
import { encode } from 'uqr';
import { otpauthUri, qrCodePng } from './qr-code.ts';

interface Chunk {
  readonly type: string;
  readonly body: Buffer;
}

function chunksOf(png: Buffer): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const named = png.subarray(at + 4, at + 8 + length);
    assert.equal(png.readUInt32BE(at + 8 + length), crc32(named), 'the sum of the chunk');
    chunks.push({ type: named.subarray(0, 4).toString('latin1'), body: named.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}

test('the picture is a PNG of the modules, four pixels each', () => {
  const text = otpauthUri({ label: 'ann@111122223333', secret: 'A'.repeat(64) });
  const png = qrCodePng(text);
  assert.equal(png.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
  const [header, data, end] = chunksOf(png);
  assert.deepEqual([header?.type, data?.type, end?.type], ['IHDR', 'IDAT', 'IEND']);
  const { size, data: modules } = encode(text, { ecc: 'M', border: 4 });
  const width = size * 4;
  assert.deepEqual([header?.body.readUInt32BE(0), header?.body.readUInt32BE(4)], [width, width]);
  assert.equal(header?.body.subarray(8).toString('hex'), '0100000000');
  const pixels = inflateSync(data?.body ?? Buffer.alloc(0));
  const rowBytes = 1 + Math.ceil(width / 8);
  assert.equal(pixels.length, rowBytes * width);
  for (let y = 0; y < width; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const isWhite = ((pixels[y * rowBytes + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) !== 0;
      if (isWhite === (modules[y >> 2]?.[x >> 2] ?? false)) assert.fail(`pixel ${x}, ${y}`);
    }
  }
});

test('what the code says is what authenticators read', () => {
  const uri = new URL(otpauthUri({ label: 'ann=+@111122223333', secret: 'MZXW6YTB' }));
  assert.equal(uri.protocol, 'otpauth:');
  assert.equal(decodeURIComponent(uri.href.split('?')[0] ?? ''), 'otpauth://totp/Sallyport:ann=+@111122223333');
  assert.deepEqual(Object.fromEntries(uri.searchParams), { secret: 'MZXW6YTB', issuer: 'Sallyport' });
});
