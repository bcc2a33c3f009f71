// The QR code that an authenticator scans to learn a device's seed, as a PNG image.

import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'uqr';

const pixelsPerModule = 4;
const quietModules = 4;
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** `otpauth://totp/…`, the form that authenticators understand. `secret` is base32. */
export function otpauthUri({ label, secret }: { readonly label: string; readonly secret: string }): string {
  return `otpauth://totp/Sallyport:${encodeURIComponent(label)}?secret=${secret}&issuer=Sallyport`;
}

/** A black and white PNG of the text as a QR code, with the quiet zone that readers need. */
export function qrCodePng(text: string): Buffer {
  const { size, data } = encode(text, { ecc: 'M', border: quietModules });
  const width = size * pixelsPerModule;
  const rows = data.flatMap((modules) => Array.from({ length: pixelsPerModule }, () => rowOf(modules, width)));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(width, 4);
  // One bit a pixel, greyscale; compression, filters and interlacing as the format has them.
  header[8] = 1;
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** One line of pixels: no filter, white is 1. */
function rowOf(modules: readonly boolean[], width: number): Buffer {
  const row = Buffer.alloc(1 + Math.ceil(width / 8));
  for (let x = 0; x < width; x += 1) {
    const isDark = modules[Math.floor(x / pixelsPerModule)] === true;
    const at = 1 + (x >> 3);
    if (!isDark) row[at] = (row[at] ?? 0) | (0x80 >> (x & 7));
  }
  return row;
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
