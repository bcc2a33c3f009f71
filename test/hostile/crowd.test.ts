// Bounds on open requests at every door: refused in its shape with Retry-After, on record when the caller is known.

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, type ECRServiceException } from '@aws-sdk/client-ecr';
import { type IAMServiceException, ListUsersCommand } from '@aws-sdk/client-iam';
import { registryAuthorization } from '../support/administrator.ts';
import { type House, type HouseUser, openHouse } from '../support/house.ts';
import type { OciAnswer, OciClient } from '../support/oci-client.ts';

const perPrincipal = 3;
const perAddress = 8;

function refusalOf({ status, headers, body }: OciAnswer) {
  const { errors = [] } = JSON.parse(body.toString()) as { errors?: ReadonlyArray<{ code: string; message: string }> };
  return { status, code: errors[0]?.code, message: errors[0]?.message, retryAfter: headers['retry-after'] };
}

suite('a crowd of open requests', () => {
  let house: House;
  let greedy: HouseUser;
  let greedyOci: OciClient;
  let other: OciClient;
  let token = '';
  const held: Socket[] = [];

  /** A request that stays open: its body does not come. Resolves once the server asks for that body. */
  const hold = async (authorization: string) => {
    const [hostname, port] = house.host.split(':');
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const head = `PUT /v2/team/app/manifests/x HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n`;
    socket.write(`${head}Content-Type: text/plain\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n`);
    held.push(socket);
    const told = await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(bytes.toString())));
    assert.match(told, /^HTTP\/1\.1 100 /);
  };

  before(async () => {
    house = await openHouse(`requests: {openPerPrincipalMax: ${perPrincipal}, openPerAddressMax: ${perAddress}}`);
    await house.administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    greedy = await house.user('greedy', ['AmazonEC2ContainerRegistryPowerUser']);
    greedyOci = await greedy.oci();
    other = await house.administrator.oci();
    token = await registryAuthorization(greedy.options);
    for (let count = 0; count < perPrincipal; count += 1) await hold(token);
  });
  after(async () => {
    for (const socket of held) socket.destroy();
    await house.dispose();
  });

  test('a principal beyond its share is refused at the OCI door, and others are not', async () => {
    const answer = refusalOf(await greedyOci.send('GET', '/v2/'));
    assert.deepEqual([answer.status, answer.code, answer.retryAfter], [429, 'TOOMANYREQUESTS', '1']);
    assert.match(answer.message ?? '', /of this principal/);
    assert.equal((await other.send('GET', '/v2/')).status, 200);
  });

  test('and at the others', async () => {
    const ecr = await greedy.ecr.send(new DescribeRepositoriesCommand({})).catch((error: ECRServiceException) => error);
    assert.equal((ecr as ECRServiceException).name, 'ThrottlingException');
    assert.equal((ecr as ECRServiceException).$response?.headers['retry-after'], '1');
    const iam = await greedy.iam.send(new ListUsersCommand({})).catch((error: IAMServiceException) => error);
    assert.equal((iam as IAMServiceException).name, 'Throttling');
  });

  test('the refusals of a principal are on record, those of strangers are not', async () => {
    await hold(await registryAuthorization(house.administrator.options));
    await hold(await registryAuthorization(house.administrator.options));
    const { length: open } = held;
    // Strangers stop at the door: nobody reads their body, so that one by one they fill the address's share.
    const another = await house.user('another', ['AmazonEC2ContainerRegistryPowerUser']);
    for (let count = open; count < perAddress; count += 1) {
      await hold(await registryAuthorization(another.options));
    }
    const stranger = refusalOf(await other.send('GET', '/v2/', undefined, { authorization: 'Basic eDp5' }));
    assert.deepEqual([stranger.status, stranger.code, stranger.retryAfter], [429, 'TOOMANYREQUESTS', '1']);
    assert.match(stranger.message ?? '', /from this address/);
    const records = (await house.auditRecords()).filter(({ errorMessage = '' }) => /open requests/.test(errorMessage));
    assert.deepEqual(new Set(records.map(({ userIdentity }) => userIdentity.userName)), new Set(['greedy']));
    assert.equal(records.length, 3);
  });

  test('whoever has left makes room', async () => {
    for (const socket of held.splice(0)) socket.destroy();
    for (let status = 429; status !== 200; ) {
      ({ status } = await greedyOci.send('GET', '/v2/'));
      assert.ok([200, 429].includes(status));
    }
  });
});
