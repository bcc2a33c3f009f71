// Which registry each kind of host name means: account and region, home, or a region that is not served.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AccountId, Region } from '#core/account.ts';
import { type HostTable, registryOfHost } from './hosts.ts';

const table: HostTable = {
  home: { accountId: '111111111111' as AccountId, region: 'us-east-1' as Region },
  regions: new Set(['us-east-1', 'eu-west-1']),
  domains: ['example.com', 'registry.example.com', 'localhost'],
  vanityHosts: {
    'images.example.org': { account: '222222222222', region: 'eu-west-1' },
    'home.example.org': { account: undefined, region: undefined },
  },
};

/** `account/region`, with `*` behind a neutral host; undefined when the region is not served. */
function meaning(host: string | undefined): string | undefined {
  const found = registryOfHost(table, host);
  return found && `${found.registry.accountId}/${found.registry.region}${found.neutral ? '*' : ''}`;
}

const home = '111111111111/us-east-1*';
const cases: ReadonlyArray<readonly [string, string | undefined]> = [
  // every configured domain, the one that ends in another included
  ['222222222222.dkr.ecr.eu-west-1.example.com', '222222222222/eu-west-1'],
  ['222222222222.dkr.ecr.eu-west-1.registry.example.com', '222222222222/eu-west-1'],
  ['222222222222.dkr.ecr.us-east-1.localhost:5000', '222222222222/us-east-1'],
  ['222222222222.DKR.ECR.US-EAST-1.Example.COM', '222222222222/us-east-1'],
  ['222222222222.dkr.ecr.eu-west-1.example.com.', '222222222222/eu-west-1'],
  ['222222222222.dkr.ecr.eu-west-1.example.com.:443', '222222222222/eu-west-1'],
  ['api.ecr.eu-west-1.example.com', '111111111111/eu-west-1'],
  // the real names of AWS, when DNS points here
  ['222222222222.dkr.ecr.eu-west-1.amazonaws.com', '222222222222/eu-west-1'],
  ['222222222222.dkr.ecr-fips.us-east-1.amazonaws.com', '222222222222/us-east-1'],
  ['222222222222.dkr-ecr.eu-west-1.on.aws', '222222222222/eu-west-1'],
  ['222222222222.dkr-ecr-fips.us-east-1.on.aws', '222222222222/us-east-1'],
  ['api.ecr.eu-west-1.amazonaws.com', '111111111111/eu-west-1'],
  ['api.ecr-fips.us-east-1.amazonaws.com', '111111111111/us-east-1'],
  ['ecr.eu-west-1.amazonaws.com', '111111111111/eu-west-1'],
  ['ecr-fips.us-east-1.api.aws', '111111111111/us-east-1'],
  ['ecr.eu-west-1.api.aws', '111111111111/eu-west-1'],
  // vanity hosts
  ['images.example.org', '222222222222/eu-west-1'],
  ['IMAGES.example.org:8443', '222222222222/eu-west-1'],
  ['home.example.org', '111111111111/us-east-1'],
  // a region that is not served
  ['222222222222.dkr.ecr.ap-south-1.example.com', undefined],
  ['api.ecr.ap-south-1.amazonaws.com', undefined],
  // anything else means home
  ['127.0.0.1:5000', home],
  ['[::1]:5000', home],
  ['localhost', home],
  ['example.com', home],
  ['iam.amazonaws.com', home],
  ['sts.eu-west-1.amazonaws.com', home],
  ['22222222222.dkr.ecr.eu-west-1.example.com', home],
  ['222222222222.dkr.ecr.eu-west-1.example.com.evil.test', home],
  ['222222222222.dkr.ecr.eu-west-1.notexample.com', home],
  ['x.222222222222.dkr.ecr.eu-west-1.example.com', home],
  ['222222222222.dkr.ecr.example.com', home],
  ['222222222222.ecr.eu-west-1.example.com', home],
  ['__proto__', home],
  ['constructor', home],
  ['', home],
];
for (const [host, expected] of cases) {
  test(`${host || '(empty)'} means ${expected ?? 'a region that is not served'}`, () => {
    assert.equal(meaning(host), expected);
  });
}

test('without a Host header: home', () => assert.equal(meaning(undefined), home));

test('no host name reaches an account that it does not spell', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.domain(), fc.stringMatching(/^\d{10,14}\.dkr[.-]ecr\.[a-z-]*\.example\.com$/)),
      (host) => {
        const { registry } = registryOfHost(table, host) ?? { registry: table.home };
        assert.ok(registry.accountId === table.home.accountId || host.startsWith(`${registry.accountId}.`));
      },
    ),
  );
});
