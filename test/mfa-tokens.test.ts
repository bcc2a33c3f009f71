// What registry tokens carry of MFA: all that their maker's credentials carry, at both doors alike, and nothing more.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, ListImagesCommand } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { authenticatorOf } from './support/authenticator.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { type OciClient, ociClient } from './support/oci-client.ts';
import { callAs } from './support/sallyport-client.ts';

const present = 'aws:MultiFactorAuthPresent';
const age = 'aws:MultiFactorAuthAge';

/** A repository for each thing that there is to know, which only those may list of whom it holds. */
const conditions: Readonly<Record<string, object>> = {
  'with-code': { Bool: { [present]: 'true' } },
  'without-code': { Bool: { [present]: 'false' } },
  'long-term': { Null: { [present]: 'true' } },
  young: { NumericLessThan: { [age]: '3600' } },
  ageless: { Null: { [age]: 'true' } },
};

describe('MFA and registry tokens', () => {
  let house: House;
  let key: HouseUser;
  let serial = '';
  let code = '';
  const clients: OciClient[] = [];
  before(async () => {
    house = await openHouse();
    const { iam, ecr } = house.administrator;
    const statements = Object.entries(conditions).map(([repository, Condition]) => {
      return {
        Effect: 'Allow',
        Action: 'ecr:ListImages',
        Resource: `arn:aws:ecr:*:*:repository/${repository}`,
        Condition,
      };
    });
    const free = { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken', 'sallyport:*'], Resource: '*' };
    key = await house.user('ann', [], [free, ...statements]);
    for (const repositoryName of Object.keys(conditions))
      await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const device = await iam.send(new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
    const authenticator = authenticatorOf(device.VirtualMFADevice);
    serial = authenticator.serial;
    const codes = { AuthenticationCode1: authenticator.code(-1), AuthenticationCode2: authenticator.code(0) };
    await iam.send(new Iam.EnableMFADeviceCommand({ UserName: 'ann', SerialNumber: serial, ...codes }));
    code = authenticator.code(1);
  });
  after(async () => {
    for (const client of clients) client.close();
    await house.dispose();
  });

  const session = async (input: { readonly SerialNumber?: string; readonly TokenCode?: string }) =>
    house.session((await key.sts.send(new GetSessionTokenCommand(input))).Credentials);

  const scopedToken = async (maker: HouseUser) => {
    const input = { repositories: ['*'], actions: ['list' as const] };
    const { token } = await callAs(maker, 'CreateRegistryToken', input);
    const client = ociClient(house.host, `Basic ${Buffer.from(`AWS:${token}`).toString('base64')}`);
    clients.push(client);
    return client;
  };

  const listedBy = async (list: (repository: string) => Promise<boolean>) => {
    const found: string[] = [];
    for (const repository of Object.keys(conditions)) if (await list(repository)) found.push(repository);
    return found;
  };
  const overApi = ({ ecr }: HouseUser) =>
    listedBy(async (repositoryName) => {
      const refusal = await ecr.send(new ListImagesCommand({ repositoryName })).then(
        () => undefined,
        (error: Error) => error.name,
      );
      assert.ok(refusal === undefined || refusal === 'AccessDeniedException', String(refusal));
      return refusal === undefined;
    });
  const overOci = (client: OciClient) =>
    listedBy(async (repository) => {
      const { status } = await client.send('GET', `/v2/${repository}/tags/list`);
      assert.ok(status === 200 || status === 403, String(status));
      return status === 200;
    });

  for (const [who, make, expected] of [
    ['a long-term key', async () => key, ['long-term', 'ageless']],
    ['a session without a code', () => session({}), ['without-code', 'ageless']],
    ['a session with a code', () => session({ SerialNumber: serial, TokenCode: code }), ['with-code', 'young']],
  ] as const) {
    test(`${who}: at the API, with a registry token and with a scoped one`, async () => {
      const maker = await make();
      assert.deepEqual(await overApi(maker), expected);
      assert.deepEqual(await overOci(await maker.oci()), expected);
      assert.deepEqual(await overOci(await scopedToken(maker)), expected);
    });
  }
});
