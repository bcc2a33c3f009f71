// Wrong credentials over the wire: after many, refusals are held, few at once; right ones are served meanwhile.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { registryAuthorization } from './support/administrator.ts';
import { type House, openHouse } from './support/house.ts';
import { type OciAnswer, ociClient } from './support/oci-client.ts';

const wrong = `Basic ${Buffer.from('AWS:nothing').toString('base64')}`;
const hour = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');

/** A call of IAM, signed for now by nobody: each by another key, as only the address is to count. */
let keys = 10_000;
const unsigned = () => ({
  'content-type': 'application/x-www-form-urlencoded',
  'x-amz-date': hour,
  authorization:
    `AWS4-HMAC-SHA256 Credential=AKIAUNKNOWN${(keys += 1)}XXXX/${hour.slice(0, 8)}/us-east-1/iam/aws4_request, ` +
    `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
});
const listUsers = Buffer.from('Action=ListUsers&Version=2010-05-08');

suite('wrong credentials', () => {
  let house: House;

  before(async () => {
    house = await openHouse('requests: {refusalDelaySecondsMax: 1}');
  });
  after(() => house.dispose());

  /** Two dozen at once from an address that has failed often: the answers, and how many came before a right one. */
  async function crowd(localAddress: string, send: () => Promise<OciAnswer>) {
    for (let count = 0; count < 21; count += 1) await send();
    const token = await registryAuthorization(house.administrator.options);
    const honest = ociClient(house.host, token, localAddress);
    const told: OciAnswer[] = [];
    const sent = Array.from({ length: 24 }, () => send().then((answer) => void told.push(answer)));
    await Promise.race(sent);
    assert.equal((await honest.send('GET', '/v2/')).status, 200);
    const meanwhile = told.length;
    await Promise.all(sent);
    honest.close();
    return { told, meanwhile };
  }

  test('a registry token: some are told, the rest later, and a right one from there is served', async () => {
    const guesser = ociClient(house.host, wrong, '127.0.0.21');
    const { told, meanwhile } = await crowd('127.0.0.21', () => guesser.send('GET', '/v2/'));
    assert.ok(meanwhile < told.length, 'the right one did not wait for those that are held');
    const statuses = new Set(told.map(({ status }) => status));
    assert.deepEqual(statuses, new Set([401, 429]));
    const throttled = told.find(({ status }) => status === 429);
    assert.match(String(throttled?.body), /TOOMANYREQUESTS/);
    assert.ok(Number(throttled?.headers['retry-after']) >= 1);
    guesser.close();
    const elsewhere = ociClient(house.host, wrong, '127.0.0.22');
    assert.equal((await elsewhere.send('GET', '/v2/')).status, 401);
    elsewhere.close();
  });

  test('a signature: the same, and what was throttled fills no audit log', async () => {
    const guesser = ociClient(house.host, undefined, '127.0.0.23');
    const { told } = await crowd('127.0.0.23', () => guesser.send('POST', '/', listUsers, unsigned()));
    const codes = told.map(({ body }) => /<Code>(\w+)/.exec(body.toString())?.[1]);
    assert.deepEqual(new Set(codes), new Set(['InvalidClientTokenId', 'Throttling']));
    guesser.close();
    const records = await house.auditRecords();
    const refused = records.filter(({ errorCode }) => errorCode === 'InvalidClientTokenId');
    assert.equal(refused.length, 21 + codes.filter((code) => code === 'InvalidClientTokenId').length);
    assert.ok(!records.some(({ errorCode }) => errorCode === 'Throttling'));
  });
});
