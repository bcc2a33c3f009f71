// Every way in which a signature can be wrong, over the wire, in the JSON form (ECR) and in the Query form (IAM, STS).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { type House, openHouse } from './support/house.ts';

const minuteMs = 60_000;
const target = 'AmazonEC2ContainerRegistry_V20150921.DescribeRegistry';
const json = {
  path: '/',
  body: '{}',
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
};
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const query = { path: '/', body: 'Action=ListUsers&Version=2010-05-08', headers: form };

interface Signing {
  readonly region?: string;
  readonly service?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** Of the signature's date against the clock. */
  readonly offsetMs?: number;
}

interface Row {
  readonly name: string;
  readonly signing?: Signing;
  /** Changes the signed headers before they are sent; undefined removes one. */
  readonly headers?: (signed: Record<string, string>) => Record<string, string>;
  readonly json: string;
  readonly query: readonly [code: string, status: number];
  readonly message: RegExp;
}

const invalid = 'InvalidSignatureException';
const mismatch = ['SignatureDoesNotMatch', 403] as const;
const token = /^The security token included in the request is invalid\.$/;
const unknown = { json: 'UnrecognizedClientException', query: ['InvalidClientTokenId', 403] as const, message: token };
const rows: readonly Row[] = [
  {
    name: 'no authentication',
    headers: (all) => Object.fromEntries(Object.entries(all).filter(([name]) => name !== 'authorization')),
    json: 'MissingAuthenticationTokenException',
    query: ['MissingAuthenticationToken', 403],
    message: /^Missing Authentication Token$/,
  },
  {
    name: 'half a header',
    headers: (signed) => ({ ...signed, authorization: 'AWS4-HMAC-SHA256 SignedHeaders=host' }),
    json: 'IncompleteSignatureException',
    query: ['IncompleteSignature', 400],
    message: /requires 'Credential' parameter\. .*requires 'Signature' parameter\. \(Hashed with SHA-256/,
  },
  { name: 'an unknown key', signing: { accessKeyId: 'AKIAUNKNOWNUNKNOWN22' }, ...unknown },
  { name: 'a session token that nobody issued', signing: { sessionToken: 'forged' }, ...unknown },
  {
    name: 'another secret',
    signing: { secretAccessKey: 'wrong' },
    json: invalid,
    query: mismatch,
    message: /^The request signature we calculated does not match the signature you provided\. Check your AWS Secret/,
  },
  {
    name: 'a clock that is late',
    signing: { offsetMs: -6 * minuteMs },
    json: invalid,
    query: mismatch,
    message: /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
  },
  {
    name: 'a clock that is early',
    signing: { offsetMs: 6 * minuteMs },
    json: invalid,
    query: mismatch,
    message: /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/,
  },
  {
    name: 'another region',
    signing: { region: 'mars-north-1' },
    json: invalid,
    query: mismatch,
    message: /^Credential should be scoped to a valid region\.$/,
  },
  {
    name: 'another service',
    signing: { service: 's3' },
    json: invalid,
    query: mismatch,
    message: /^Credential should be scoped to correct service: '(ecr|iam)'\.$/,
  },
];

describe('signature errors', () => {
  let house: House;
  let nobody: { readonly accessKeyId: string; readonly secretAccessKey: string };
  before(async () => {
    house = await openHouse('requests: {refusalDelaySecondsMax: 0}');
    nobody = (await house.user('nobody', [])).options.credentials;
  });
  after(() => house.dispose());

  const signerOf = (signing: Signing, service: string) => {
    const { credentials } = house.administrator.options;
    const all = { region: 'us-east-1', service, ...credentials, ...signing };
    return new SignatureV4({ credentials: all, region: all.region, service: all.service, sha256: Sha256 });
  };
  const signed = async (message: typeof json | typeof query, signing: Signing = {}) => {
    const { hostname, port, host } = new URL(house.url);
    const request = { method: 'POST', protocol: 'http:', hostname, port: Number(port), ...message };
    const service = message === json ? 'ecr' : 'iam';
    const signingDate = new Date(Date.now() + (signing.offsetMs ?? 0));
    return (
      await signerOf(signing, service).sign({ ...request, headers: { ...message.headers, host } }, { signingDate })
    ).headers;
  };
  const send = async (message: typeof json | typeof query, headers: Record<string, string>) => {
    const { host: _, ...sent } = headers;
    const answer = await fetch(`${house.url}/`, { method: 'POST', headers: sent, body: message.body });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const errorOf = (xml: string) => ({
    code: /<Error><Type>Sender<\/Type><Code>([^<]+)<\/Code>/.exec(xml)?.[1],
    message: (/<Message>([^<]*)<\/Message>/.exec(xml)?.[1] ?? '').replaceAll('&#39;', "'"),
  });

  for (const row of rows) {
    test(row.name, async () => {
      const { headers: change = (all: Record<string, string>) => all } = row;
      const asJson = await send(json, change(await signed(json, row.signing)));
      const body = JSON.parse(asJson.text) as { readonly __type: string; readonly message: string };
      assert.deepEqual([asJson.status, body.__type], [400, row.json]);
      assert.equal(asJson.headers.get('x-amzn-errortype'), row.json);
      assert.match(body.message, row.message);
      const asXml = await send(query, change(await signed(query, row.signing)));
      const { code, message } = errorOf(asXml.text);
      assert.deepEqual([code, asXml.status], row.query);
      assert.match(message, row.message);
      for (const { headers } of [asJson, asXml]) {
        assert.ok(headers.get('date'), 'SDKs correct their clock by it');
        assert.match(headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
      }
    });
  }

  test('a denial', async () => {
    const asJson = await send(json, await signed(json, nobody));
    assert.deepEqual([asJson.status, JSON.parse(asJson.text).__type], [400, 'AccessDeniedException']);
    const asXml = await send(query, await signed(query, nobody));
    assert.deepEqual([asXml.status, errorOf(asXml.text).code], [403, 'AccessDenied']);
  });

  test('the right one is let in at both doors', async () => {
    assert.equal((await send(json, await signed(json))).status, 200);
    assert.equal((await send(query, await signed(query))).status, 200);
  });

  test('a presigned GetCallerIdentity, as clusters hand it on', async () => {
    const { hostname, port, host } = new URL(house.url);
    const asked = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
    const request = { method: 'GET', protocol: 'http:', hostname, port: Number(port), path: '/', query: asked };
    const headers = { host, 'x-k8s-aws-id': 'a-cluster' };
    const options = { expiresIn: 60, unhoistableHeaders: new Set(['x-k8s-aws-id']) };
    const { query: parameters } = await signerOf({}, 'sts').presign({ ...request, headers }, options);
    const url = `${house.url}/?${new URLSearchParams(parameters as Record<string, string>)}`;
    const answer = await fetch(url, { headers: { 'x-k8s-aws-id': 'a-cluster' } });
    assert.match(await answer.text(), /<Arn>arn:aws:iam::\d{12}:user\/administrator<\/Arn>/);
    const other = await fetch(url, { headers: { 'x-k8s-aws-id': 'another' } });
    assert.equal(errorOf(await other.text()).code, 'SignatureDoesNotMatch');
    const more = await fetch(url.replace('GetCallerIdentity', 'GetAccessKeyInfo'), {
      headers: { 'x-k8s-aws-id': 'a' },
    });
    assert.equal(errorOf(await more.text()).code, 'SignatureDoesNotMatch');
  });

  test('each of these calls left one record without a caller', async () => {
    const records = await house.auditRecords();
    const strangers = records.filter(({ userIdentity }) => userIdentity['type'] === 'Unknown');
    assert.equal(strangers.length, 2 * rows.length + 2);
    assert.ok(strangers.every(({ errorCode }) => errorCode !== undefined));
  });
});
