// Addresses and ranges, both families, in every spelling that must be the same and none that must not be read.

import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { isInRange, parseAddress, parseRange } from './ip-addresses.ts';

function inRange(address: string, range: string): boolean | undefined {
  const parsed = parseAddress(address);
  const wanted = parseRange(range);
  return parsed && wanted && isInRange(parsed, wanted);
}

const cases: ReadonlyArray<readonly [address: string, range: string, expected: boolean | undefined]> = [
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.0.0.0', '10.0.0.0/8', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.4', '10.1.2.3', false],
  ['10.1.2.3', '10.255.255.255/8', true],
  ['192.0.2.129', '192.0.2.128/25', true],
  ['192.0.2.127', '192.0.2.128/25', false],
  ['203.0.113.9', '0.0.0.0/0', true],
  ['2001:db8::1', '2001:db8::/32', true],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', true],
  ['2001:db9::1', '2001:db8::/32', false],
  ['2001:db8:8000::', '2001:db8::/33', false],
  ['::1', '::/0', true],
  ['10.1.2.3', '::/0', false],
  ['::1', '0.0.0.0/0', false],
  ['::ffff:10.1.2.3', '10.0.0.0/8', true],
  ['::ffff:a01:203', '10.0.0.0/8', true],
  ['10.1.2.3', '::ffff:10.0.0.0/104', true],
  ['10.1.2.3', '10.0.0.0/', undefined],
  ['10.1.2.3', '10.0.0.0/33', undefined],
  ['10.1.2.3', '10.0.0.0/-1', undefined],
  ['10.1.2.3', '10.0.0.0/8/8', undefined],
  ['10.1.2.3', '10.0.0/8', undefined],
  ['10.1.2.3', '010.0.0.0/8', undefined],
  ['10.1.2.256', '10.0.0.0/8', undefined],
  ['::1', '2001:db8::/129', undefined],
  ['1::2::3', '::/0', undefined],
  ['1:2:3:4:5:6:7', '::/0', undefined],
  ['1:2:3:4:5:6:7:8:9', '::/0', undefined],
  ['12345::', '::/0', undefined],
  ['fe80::1%eth0', '::/0', undefined],
  ['', '0.0.0.0/0', undefined],
];

for (const [address, range, expected] of cases) {
  test(`${address || '(empty)'} in ${range}: ${expected ?? 'unreadable'}`, () => {
    assert.equal(inRange(address, range), expected);
  });
}

test('it reads what node:net reads, and places it in the same ranges', () => {
  const addresses = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(addresses, addresses, fc.nat(128), (address, network, bits) => {
      const version = isIP(network);
      const prefix = version === 4 ? bits % 33 : bits;
      const list = new BlockList();
      list.addSubnet(network, prefix, version === 4 ? 'ipv4' : 'ipv6');
      const parsed = parseAddress(address);
      assert.ok(parsed !== undefined, `${address} is readable`);
      const isSameFamily = isIP(address) === version;
      const expected = isSameFamily && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
      return inRange(address, `${network}/${prefix}`) === expected;
    }),
    {
      numRuns: 2000,
      examples: [
        ['10.1.2.3', '10.1.2.4', 31],
        ['::', '8000::', 1],
      ],
    },
  );
});

test('text that is no address for node:net is none here', () => {
  const near = fc.string({ unit: fc.constantFrom('1', '0', 'f', ':', '.', '::', '25'), maxLength: 14 });
  fc.assert(
    fc.property(near, (text) => parseAddress(text) === undefined || isIP(text) !== 0),
    { numRuns: 3000 },
  );
});
