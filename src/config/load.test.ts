// The configuration as an operator meets it: precedence, origins, and refusals that name key, place and reason.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from './config.ts';
import { type ConfigSources, loadConfig } from './load.ts';
import { settings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-config-'));
const file = join(folder, 'sallyport.yaml');
after(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml?: string, more: Partial<ConfigSources> = {}) {
  if (yaml !== undefined) writeFileSync(file, yaml);
  const flags = { ...(yaml === undefined ? {} : { '--config': file }), ...more.flags };
  return loadConfig({ environment: {}, workingFolder: folder, ...more, flags });
}

function refusal(yaml: string): string {
  try {
    load(yaml);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.replaceAll(file, 'FILE');
  }
  return 'accepted';
}

const originOf = (loaded: ReturnType<typeof load>, path: string) => {
  const { value, from } = loaded.origins.find(({ setting }) => setting.path === path) ?? {};
  return [value, from?.replaceAll(file, 'FILE')];
};

test('nothing given: every key has its default, and no start can differ from another', () => {
  const { config, origins } = load();
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 5000 });
  assert.equal(config.data, join(folder, 'data'));
  assert.equal(config.registryTokenLifeMs, 12 * 3600 * 1000);
  assert.ok(origins.every(({ from }) => from === 'default'));
  assert.throws(() => (config.regions as string[]).push('x'), TypeError);
  assert.throws(() => Object.assign(config.listen, { port: 1 }), TypeError);
});

test('a flag goes before the environment, the environment before the file; each says where it is from', () => {
  const yaml = 'data: in-file\nlisten: 127.0.0.1:1\nregion: eu-west-1\n';
  const environment = { SALLYPORT_DATA: '/in/environment', SALLYPORT_LISTEN: '127.0.0.1:2' };
  const loaded = load(yaml, { environment, flags: { '--listen': '[::1]:3' } });
  assert.deepEqual(originOf(loaded, 'listen'), ['[::1]:3', '--listen']);
  assert.deepEqual(originOf(loaded, 'data'), ['/in/environment', 'SALLYPORT_DATA']);
  assert.deepEqual(originOf(loaded, 'region'), ['eu-west-1', 'FILE:3']);
  assert.deepEqual(loaded.config.listen, { host: '::1', port: 3 });
});

test('what is in effect is shown as one would write it: seconds, absolute paths, the regions', () => {
  const loaded = load('tokens:\n  registryLifeSeconds: 90\ntls: {certificate: a.crt, key: /b.key}\n');
  assert.deepEqual(originOf(loaded, 'tokens.registryLifeSeconds'), [90, 'FILE:2']);
  assert.deepEqual(originOf(loaded, 'uploads.idleSeconds'), [86_400, 'default']);
  assert.deepEqual(originOf(loaded, 'regions'), [['us-east-1'], 'default']);
  assert.deepEqual(originOf(loaded, 'data'), [join(folder, 'data'), 'default']);
  assert.deepEqual(originOf(loaded, 'tls'), [{ certificate: join(folder, 'a.crt'), key: '/b.key' }, 'FILE:3']);
  assert.deepEqual(originOf(loaded, 'listen'), ['127.0.0.1:5000', 'default']);
  assert.equal(loaded.config.registryTokenLifeMs, 90_000);
});

test('an empty variable is one that is not set', () => {
  const environment = { SALLYPORT_CONFIG: '', SALLYPORT_DATA: '', SALLYPORT_LISTEN: '' };
  assert.deepEqual(load(undefined, { environment }).config, load().config);
});

test('SALLYPORT_CONFIG names the file; one that is not there is said', () => {
  writeFileSync(file, 'region: eu-west-1\n');
  assert.equal(load(undefined, { environment: { SALLYPORT_CONFIG: 'sallyport.yaml' } }).config.region, 'eu-west-1');
  assert.throws(() => load(undefined, { flags: { '--config': 'none.yaml' } }), /none\.yaml cannot be read: ENOENT/);
});

const refusals: ReadonlyArray<readonly [string, RegExp]> = [
  ['listne: x', /^FILE:1: listne is no key of the configuration; did you mean listen\?$/],
  ['oci:\n  mod: ecr', /^FILE:2: oci\.mod is no key of the configuration; did you mean oci\.mode\?$/],
  ['oci: ecr', /^FILE:1: oci must be a map of keys: oci\.mode$/],
  ['tls:\n  certificat: a\n  key: b', /^FILE:1: tls\.certificat is no key .*; did you mean tls\.certificate\?$/],
  ['tls: {certificate: a}', /^FILE:1: tls\.key must be a file, not left out$/],
  ['tls: on', /^FILE:1: tls must be off, self-signed or \{certificate, key\}, not "on"$/],
  [
    'vanityHosts: {a.test: {acount: "1"}}',
    /vanityHosts\.a\.test\.acount is no key .* vanityHosts\.a\.test\.account\?$/,
  ],
  [
    'vanityHosts: {a.test: {account: 111111111111}}',
    /a\.test\.account must be twelve digits in quotes, not 111111111111$/,
  ],
  [
    'vanityHosts: {a.test: {region: eu-west-9}}',
    /vanityHosts\.a\.test\.region must be one of regions, not "eu-west-9"$/,
  ],
  ['vanityHosts: {"a b": {}}', /^FILE:1: vanityHosts\.a b must be a host name, not "a b"$/],
  ['domains: [good.test, "*.bad"]', /^FILE:1: domains\[1\] must be a host name, not "\*\.bad"$/],
  ['domains: []', /domains must be a list that is not empty, not \[\]$/],
  ['domains: one.test', /domains must be a list that is not empty, not "one\.test"$/],
  ['regions: [eu-west-1]', /^FILE:1: regions must hold the home region us-east-1$/],
  ['region: "US EAST"', /region must be a region such as us-east-1, not "US EAST"$/],
  ['account: 012345678901', /account must be twelve digits in quotes/],
  ['listen: 5000', /listen must be HOST:PORT, not 5000$/],
  ['listen: 127.0.0.1:70000', /listen must be HOST:PORT, such as 127\.0\.0\.1:5000, not "127\.0\.0\.1:70000"$/],
  ['listen:', /listen must be HOST:PORT, not null$/],
  ['publicUrl: https://a.test/path', /publicUrl must be http:\/\/ or https:\/\/ and a host, without a path/],
  ['allowPlaintext: maybe', /allowPlaintext must be true or false, not "maybe"$/],
  ['oci: {mode: lax}', /oci\.mode must be strict or ecr, not "lax"$/],
  ['oci: {mode: [ecr]}', /oci\.mode must be strict or ecr, not \["ecr"\]$/],
  ['tokens: {registryLifeSeconds: 59}', /registryLifeSeconds must be a number of seconds from 60 to 43200, not 59$/],
  [
    'tokens: {registryLifeSecondsByAccount: {"111122223333": 59}}',
    /ByAccount\.111122223333 must be a number of seconds/,
  ],
  ['audit: {budgetBytes: 1.5}', /audit\.budgetBytes must be a whole number of bytes, at least 1048576, not 1\.5$/],
  ['region: a\nregion: b', /^FILE:2: Map keys must be unique$/],
  ['listen: [1', /^FILE:\d: Flow sequence /],
  ['- a', /^FILE must be a map of keys$/],
  ['region: !secret x', /^FILE:1: Unresolved tag: !secret/],
  ['? [a]\n: b', /^FILE:1: .*is no key of the configuration/],
  ['vanityHosts: &a {a.test: *a}', /^FILE:1: vanityHosts cannot be read: /],
];
for (const [yaml, expected] of refusals) {
  test(`refused: ${yaml.replaceAll('\n', '⏎')}`, () => assert.match(refusal(yaml), expected));
}

test('vanity hosts may leave out what is of home; names are lower case, URLs without a slash', () => {
  const yaml = 'vanityHosts: {Images.Example.ORG: {}, b.test: {account: "012345678901", region: us-east-1}}\n';
  const { config } = load(`${yaml}publicUrl: https://a.test:8443/\nmanagementListen: off\n`);
  const home = { account: undefined, region: undefined };
  const other = { account: '012345678901', region: 'us-east-1' };
  assert.deepEqual(config.vanityHosts, { 'images.example.org': home, 'b.test': other });
  assert.equal(config.publicUrl, 'https://a.test:8443');
  assert.equal(config.managementListen, 'off');
});

test('any text is either a configuration or refused in one line', () => {
  const paths = settings.map(({ path }) => path);
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.double());
  const value = fc
    .oneof(scalar, fc.array(scalar), fc.dictionary(fc.string(), scalar))
    .map((one) => JSON.stringify(one));
  const line = fc.tuple(fc.oneof(fc.constantFrom(...paths, 'oci', 'tokens'), fc.string()), value);
  const written = fc.array(line).map((lines) => lines.map(([key, text]) => `${key}: ${text}`).join('\n'));
  fc.assert(
    fc.property(fc.oneof(written, fc.string()), (yaml) => {
      const said = refusal(yaml);
      assert.equal(said.split('\n').length, 1, said);
    }),
  );
});

const organization = (text: string) => `organization: {id: o-example1, ${text}}`;
const refusedOrganizations: ReadonlyArray<readonly [string, RegExp]> = [
  ['organization: {units: {r-ab12: {}}}', /organization\.id must be an id such as o-example1234, not "?left out/],
  [organization('units: {}'), /organization\.units must be a map with one root/],
  [organization('units: {r-ab12: {}, r-cd34: {}}'), /organization\.units must be a map with one root/],
  [organization('units: {r-ab12: {parent: ou-1}}'), /organization\.units\.r-ab12\.parent is no key/],
  [organization('units: {r-ab12: {}, ou-1: {}}'), /ou-1\.parent must be the id of the unit above it, not left out/],
  [organization('units: {r-ab12: {}, ou-1: {parent: ou-2}}'), /ou-1\.parent must be one of the units, not "ou-2"/],
  [
    organization('units: {r-ab12: {}, ou-1: {parent: ou-2}, ou-2: {parent: ou-1}}'),
    /parent must be a unit that is at most five levels below the root/,
  ],
  [organization('units: {r-ab12: {}, x: {parent: r-ab12}}'), /x must be an id such as ou-ab12-production/],
  [organization('units: {r-ab12: {serviceControl: []}}'), /serviceControl must be a list that is not empty/],
  [
    organization('units: {r-ab12: {}}, accounts: {"111122223333": {unit: ou-1}}'),
    /accounts\.111122223333\.unit must be one of the units, not "ou-1"/,
  ],
  ['proxies: {trusted: [10.0.0.0/33]}', /proxies\.trusted\[0\] must be an address, or a range such as 10\.0\.0\.0\/8/],
  ['proxies: {trusted: [proxy.example.com]}', /proxies\.trusted\[0\] must be an address/],
  ['proxies: {header: x-real-ip}', /proxies\.header must be x-forwarded-for or forwarded/],
  ['proxies:\n  proxyProtocol: true', /^FILE:2: proxies\.proxyProtocol needs proxies\.trusted/],
];
for (const [yaml, expected] of refusedOrganizations) {
  test(`refused: ${yaml.replaceAll('\n', '⏎')}`, () => assert.match(refusal(yaml), expected));
}

test('an organisation: its files are absolute, and it survives the way to a worker', () => {
  const units = 'units: {r-ab12: {serviceControl: [scp/all.json]}, ou-1: {parent: r-ab12}}';
  const accounts = 'accounts: {"111122223333": {unit: ou-1, resourceControl: [/rcp.json]}}';
  const { config } = load(`organization: {id: o-example1, ${units}, ${accounts}}\n`);
  const sent: typeof config = JSON.parse(JSON.stringify(config));
  for (const { organization: found } of [config, sent]) {
    assert.equal(found?.rootId, 'r-ab12');
    assert.deepEqual(found?.units['r-ab12']?.serviceControl, [join(folder, 'scp/all.json')]);
    assert.deepEqual(found?.accounts['111122223333']?.resourceControl, ['/rcp.json']);
  }
});

test('an HSM is named by its library, token and a file with the PIN; paths are those of whoever starts', () => {
  const { config } = load('keys: {pkcs11: {module: lib/hsm.so, token: a token, pinFile: pin}}');
  assert.deepEqual(config.pkcs11, {
    ...{ module: join(folder, 'lib/hsm.so'), token: 'a token', key: 'sallyport-root' },
    ...{ pinFile: join(folder, 'pin'), binding: 'pkcs11js' },
  });
  assert.equal(
    refusal('keys: {pkcs11: {module: hsm.so, pinFile: pin}}'),
    "FILE:1: keys.pkcs11.token must be a token's label, not left out",
  );
  assert.match(refusal('keys: {pkcs11: {module: a, token: b, pin: 1}}'), /keys\.pkcs11\.pin is no key/);
});

test('the key of another KMS: region by its ARN, endpoint AWS, and in clear on loopback only', () => {
  const arn = 'arn:aws:kms:eu-west-1:111122223333:key/0b4c0f0e-7b0a-4f7f-9f57-3b7e3c1f7a10';
  const read = (members: object) => load(`keys: {awsKms: ${JSON.stringify(members)}}`).config.awsKms;
  const none = { profile: undefined, credentialsFile: undefined, caBundle: undefined, encryptionContext: {} };
  const endpoint = 'https://kms.eu-west-1.amazonaws.com';
  assert.deepEqual(read({ key: arn }), { key: arn, region: 'eu-west-1', endpoint, ...none });
  const files = { credentialsFile: 'aws/credentials', caBundle: '/ca.crt', profile: 'root' };
  const other = { key: 'alias/root', region: 'us-east-1', endpoint: 'http://127.0.0.1:5000', ...files };
  const encryptionContext = { site: 'a.example' };
  const inside = { ...files, credentialsFile: join(folder, 'aws/credentials') };
  assert.deepEqual(read({ ...other, encryptionContext }), { ...other, ...inside, encryptionContext });
  assert.equal(read({ key: '1', region: 'cn-north-1' })?.endpoint, 'https://kms.cn-north-1.amazonaws.com.cn');
  const moved = { key: arn.replace('key/', 'key/mrk-'), region: 'us-east-1' };
  assert.equal(read(moved)?.region, 'us-east-1');
  const refused = (members: object) => refusal(`keys: {awsKms: ${JSON.stringify({ key: arn, ...members })}}`);
  assert.match(refused({ key: 'alias/x' }), /keys\.awsKms\.region must be a region, not left out/);
  assert.match(refused({ region: 'us-east-1' }), /keys\.awsKms\.region must be eu-west-1, where the key is/);
  assert.match(refused({ key: 'arn:aws:s3:::bucket' }), /keys\.awsKms\.key must be the id, ARN or alias of a key/);
  assert.match(
    refused({ endpoint: 'http://kms.example.com' }),
    /endpoint must be https:\/\/ but for this very machine/,
  );
  assert.match(refused({ endpoint: 'http://127.0.0.1.example.com' }), /must be https:/);
  assert.match(refused({ encryptionContext: { 'aws:x': '1' } }), /encryptionContext must be a map from names in ASCII/);
  assert.match(refused({ encryptionContext: { site: 'ü' } }), /encryptionContext\.site must be a text in ASCII/);
  assert.match(refused({ secretKey: 'x' }), /keys\.awsKms\.secretKey is no key/);
});
