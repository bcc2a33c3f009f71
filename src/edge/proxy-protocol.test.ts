// The header of the PROXY protocol, byte by byte: both versions, cut anywhere, and what is no header.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { proxyHeaderBytesMax, readProxyHeader } from './proxy-protocol.ts';

const text = (line: string) => Buffer.from(`${line}\r\n`, 'latin1');

/** Version 2. */
function binary(command: number, family: number, rest: Buffer): Buffer {
  const head = Buffer.from('\r\n\r\n\0\r\nQUIT\n\0\0\0\0', 'latin1');
  head.writeUInt8(command, 12);
  head.writeUInt8(family, 13);
  head.writeUInt16BE(rest.length, 14);
  return Buffer.concat([head, rest]);
}

const v4 = Buffer.from([192, 0, 2, 1, 10, 0, 0, 1, 0x12, 0x67, 0x01, 0xbb]);
const v6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000007', 'hex'),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from([0x12, 0x67, 0x01, 0xbb]),
]);
const mapped = Buffer.concat([Buffer.from('00000000000000000000ffffc0000201', 'hex'), v6.subarray(16)]);

const complete: ReadonlyArray<readonly [what: string, header: Buffer, source: string | undefined]> = [
  ['1, IPv4', text('PROXY TCP4 192.0.2.1 10.0.0.1 4711 443'), '192.0.2.1'],
  ['1, IPv6', text('PROXY TCP6 2001:db8::7 2001:db8::1 4711 443'), '2001:db8::7'],
  ['1, unknown', text('PROXY UNKNOWN'), undefined],
  ['1, unknown with what nobody reads', text('PROXY UNKNOWN ffff::1 ffff::2 1 2'), undefined],
  ['2, IPv4', binary(0x21, 0x11, v4), '192.0.2.1'],
  ['2, IPv4 with more behind the addresses', binary(0x21, 0x11, Buffer.concat([v4, Buffer.alloc(100)])), '192.0.2.1'],
  ['2, IPv6', binary(0x21, 0x21, v6), '2001:db8:0:0:0:0:0:7'],
  ['2, IPv4 within IPv6', binary(0x21, 0x21, mapped), '192.0.2.1'],
  ['2, local', binary(0x20, 0x00, Buffer.alloc(0)), undefined],
  ['2, local with addresses', binary(0x20, 0x11, v4), undefined],
  ['2, a Unix socket', binary(0x21, 0x31, Buffer.alloc(216)), undefined],
];
for (const [what, header, source] of complete) {
  test(`version ${what}: complete at its last byte, and reads no further`, () => {
    for (let length = 0; length < header.length; length += 1) {
      assert.equal(readProxyHeader(header.subarray(0, length)).kind, 'incomplete', `${length} bytes`);
    }
    const found = { kind: 'complete', bytes: header.length, source };
    assert.deepEqual(readProxyHeader(header), found);
    assert.deepEqual(readProxyHeader(Buffer.concat([header, Buffer.from('GET / HTTP/1.1\r\n')])), found);
  });
}

const wrong: ReadonlyArray<readonly [what: string, header: Buffer]> = [
  ['a request', Buffer.from('GET / HTTP/1.1\r\n')],
  ['TLS', Buffer.from([0x16, 3, 1, 2, 0])],
  ['small letters', text('proxy TCP4 192.0.2.1 10.0.0.1 4711 443')],
  ['another protocol', text('PROXY UDP4 192.0.2.1 10.0.0.1 4711 443')],
  ['no source', text('PROXY TCP4')],
  ['no address', text('PROXY TCP4 localhost 10.0.0.1 4711 443')],
  ['an octal address', text('PROXY TCP4 0300.0.2.1 10.0.0.1 4711 443')],
  ['IPv6 under TCP4', text('PROXY TCP4 ::1 ::1 4711 443')],
  ['IPv4 under TCP6', text('PROXY TCP6 192.0.2.1 10.0.0.1 4711 443')],
  ['a port too large', text('PROXY TCP4 192.0.2.1 10.0.0.1 4711 65536')],
  ['a port too many', text('PROXY TCP4 192.0.2.1 10.0.0.1 4711 443 1')],
  ['two blanks', text('PROXY TCP4  192.0.2.1 10.0.0.1 4711 443')],
  ['a line that does not end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
  ['another version', binary(0x11, 0x11, v4)],
  ['another command', binary(0x22, 0x11, v4)],
  ['UDP', binary(0x21, 0x12, v4)],
  ['too short for its family', binary(0x21, 0x21, v4)],
  ['too long', binary(0x21, 0x11, Buffer.alloc(proxyHeaderBytesMax))],
];
for (const [what, header] of wrong) {
  test(`invalid: ${what}`, () => assert.deepEqual(readProxyHeader(header), { kind: 'invalid' }));
}

test('no bytes make it throw, and enough of them are never incomplete', () => {
  const starts = fc.constantFrom(text('PROXY TCP4 192.0.2.1').subarray(0, 15), binary(0x21, 0x11, v4).subarray(0, 14));
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
      readProxyHeader(Buffer.concat([start, rest]));
      const long = Buffer.concat([start, rest, Buffer.alloc(proxyHeaderBytesMax)]);
      return readProxyHeader(long.subarray(0, proxyHeaderBytesMax)).kind !== 'incomplete';
    }),
  );
});
