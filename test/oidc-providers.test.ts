// Every operation of OIDC providers: its success, every error it documents, who may, and what trust in them is refused.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  type CreateOpenIDConnectProviderCommandInput,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import { type House, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';

const thumbprint = 'AB'.repeat(20);
const Tags = [{ Key: 'team', Value: 'red' }];

describe('OIDC providers', () => {
  let house: House;
  let iam: IAMClient;
  let account = '';
  const arnOf = (name: string) => `arn:aws:iam::${account}:oidc-provider/${name}`;
  const create = (Url: string, input: Partial<CreateOpenIDConnectProviderCommandInput> = {}, client = iam) =>
    client.send(new CreateOpenIDConnectProviderCommand({ Url, ...input }));
  const get = (OpenIDConnectProviderArn: string) =>
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));

  before(async () => {
    house = await openHouse('webIdentity: {sharedIssuers: [ci.example.com]}');
    iam = house.administrator.iam;
    account = house.site.home.accountId;
  });
  after(() => house.dispose());

  test('one is made, looked at, listed, changed and deleted', async () => {
    const OpenIDConnectProviderArn = arnOf('id.example.com/tenants/one');
    const one = { OpenIDConnectProviderArn };
    const created = await create('https://id.example.com/tenants/one', {
      ClientIDList: ['one', 'two', 'one'],
      ThumbprintList: [thumbprint],
      Tags,
    });
    assert.deepEqual([created.OpenIDConnectProviderArn, created.Tags], [OpenIDConnectProviderArn, Tags]);
    const { $metadata: _, CreateDate, ...provider } = await get(OpenIDConnectProviderArn);
    assert.ok(CreateDate instanceof Date);
    assert.deepEqual(provider, {
      Url: 'id.example.com/tenants/one',
      ClientIDList: ['one', 'two'],
      ThumbprintList: [thumbprint.toLowerCase()],
      Tags,
    });
    const listed = await iam.send(new ListOpenIDConnectProvidersCommand({}));
    assert.deepEqual(listed.OpenIDConnectProviderList, [{ Arn: OpenIDConnectProviderArn }]);
    for (const ClientID of ['three', 'three']) {
      await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...one, ClientID }));
    }
    for (const ClientID of ['one', 'never']) {
      await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...one, ClientID }));
    }
    await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...one, ThumbprintList: ['0'.repeat(40)] }));
    const changed = await get(OpenIDConnectProviderArn);
    assert.deepEqual(changed.ClientIDList, ['two', 'three']);
    assert.deepEqual(changed.ThumbprintList, ['0'.repeat(40)]);
    for (let times = 0; times < 2; times += 1) await iam.send(new DeleteOpenIDConnectProviderCommand(one));
    await refusedAs('NoSuchEntity', get(OpenIDConnectProviderArn), /^OpenIDConnect Provider not found for arn arn:aws/);
  });

  test('tags: added, listed a page at a time, removed, gone with their provider, and seen by policies', async () => {
    const OpenIDConnectProviderArn = arnOf('tags.example.com');
    const one = { OpenIDConnectProviderArn };
    await create('https://tags.example.com');
    const added = [...Tags, { Key: 'Stage', Value: '' }];
    await iam.send(new TagOpenIDConnectProviderCommand({ ...one, Tags: added }));
    const list = (more: object = {}) => iam.send(new ListOpenIDConnectProviderTagsCommand({ ...one, ...more }));
    const first = await list({ MaxItems: 1 });
    assert.deepEqual([first.Tags, first.IsTruncated], [[{ Key: 'Stage', Value: '' }], true]);
    assert.deepEqual((await list({ Marker: first.Marker })).Tags, Tags);
    await refusedAs(
      'InvalidInput',
      iam.send(new TagOpenIDConnectProviderCommand({ ...one, Tags: [...Tags, ...Tags] })),
    );
    const Condition = { StringEquals: { 'aws:ResourceTag/team': 'red' } };
    const { iam: red } = await house.user('red', [], [{ Effect: 'Allow', Action: 'iam:*', Resource: '*', Condition }]);
    await red.send(new GetOpenIDConnectProviderCommand(one));
    await iam.send(new UntagOpenIDConnectProviderCommand({ ...one, TagKeys: ['TEAM', 'none'] }));
    const refused = red.send(new GetOpenIDConnectProviderCommand(one));
    await refusedAs(
      'AccessDenied',
      refused,
      /is not authorized to perform: iam:GetOpenIDConnectProvider on resource: arn/,
    );
    await iam.send(new DeleteOpenIDConnectProviderCommand(one));
    await create('https://tags.example.com');
    assert.deepEqual((await list()).Tags, []);
  });

  test('refused: what is no URL, exists, is too much, or is not there', async () => {
    for (const url of [
      'http://id.example.com',
      'https://id.example.com?a=b',
      'https://id.example.com/a b',
      'https://user@id.example.com',
      'https://aws',
      'https://id.example.com/*',
      'https://id.example.com:99999',
      `https://id.example.com/${'a'.repeat(240)}`,
      'ftp://id.example.com',
    ]) {
      await refusedAs('ValidationError', create(url), /Invalid Open ID Connect Provider URL|'url' failed/);
    }
    await create('https://twice.example.com');
    const again = create('https://twice.example.com');
    await refusedAs('EntityAlreadyExists', again, /^Provider with url https:\/\/twice\.example\.com already exists\.$/);
    const ids = Array.from({ length: 101 }, (_, index) => `client-${index}`);
    const tooMany = /^Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100$/;
    await refusedAs('LimitExceeded', create('https://many.example.com', { ClientIDList: ids }), tooMany);
    await create('https://many.example.com', { ClientIDList: ids.slice(1) });
    const many = { OpenIDConnectProviderArn: arnOf('many.example.com') };
    const more = iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...many, ClientID: 'one more' }));
    await refusedAs('LimitExceeded', more, tooMany);
    const prints = Array.from({ length: 6 }, (_, index) => String(index).repeat(40));
    const update = (ThumbprintList: string[]) =>
      iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...many, ThumbprintList }));
    await refusedAs('InvalidInput', update(prints), /at most 5 thumbprints/);
    await refusedAs('InvalidInput', update(['x'.repeat(40)]), /40 hexadecimal digits/);
    await refusedAs('ValidationError', update(['ab']), /failed to satisfy constraint/);
    const missing = { OpenIDConnectProviderArn: arnOf('missing.example.com') };
    const notFound = /^OpenIDConnect Provider not found for arn/;
    for (const command of [
      new AddClientIDToOpenIDConnectProviderCommand({ ...missing, ClientID: 'one' }),
      new RemoveClientIDFromOpenIDConnectProviderCommand({ ...missing, ClientID: 'one' }),
      new UpdateOpenIDConnectProviderThumbprintCommand({ ...missing, ThumbprintList: [] }),
      new TagOpenIDConnectProviderCommand({ ...missing, Tags }),
      new UntagOpenIDConnectProviderCommand({ ...missing, TagKeys: ['team'] }),
      new ListOpenIDConnectProviderTagsCommand(missing),
    ]) {
      await refusedAs('NoSuchEntity', iam.send(command as ListOpenIDConnectProviderTagsCommand), notFound);
    }
  });

  test('an account has a hundred of them', async () => {
    const { OpenIDConnectProviderList: known = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
    const made: string[] = [];
    for (let count = known.length; count < 100; count += 1) {
      made.push((await create(`https://n${count}.example.com`)).OpenIDConnectProviderArn ?? '');
    }
    const text = /^Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100$/;
    await refusedAs('LimitExceeded', create('https://last.example.com'), text);
    for (const OpenIDConnectProviderArn of made) {
      await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    }
  });

  test('who is allowed nothing makes none, and none of another account', async () => {
    const { iam: nobody } = await house.user('nobody', []);
    const made = create('https://id.example.com', {}, nobody);
    await refusedAs(
      'AccessDenied',
      made,
      /iam:CreateOpenIDConnectProvider on resource: arn:.*oidc-provider\/id\.example/,
    );
    const foreign = 'arn:aws:iam::999999999999:oidc-provider/id.example.com';
    await refusedAs('AccessDenied', get(foreign), /iam:GetOpenIDConnectProvider/);
  });

  test('trust in a shared issuer must say whose tokens it means, in a new role and in a changed one', async () => {
    const trust = (issuer: string, Condition: object = {}) => {
      const Principal = { Federated: arnOf(issuer) };
      const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity', Condition }];
      return JSON.stringify({ Version: '2012-10-17', Statement });
    };
    const github = 'token.actions.githubusercontent.com';
    const make = (RoleName: string, AssumeRolePolicyDocument: string) =>
      iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const open = trust(github, { StringEquals: { [`${github}:aud`]: 'sts.amazonaws.com' } });
    const text = /lets everybody in who has a token of token\.actions\.githubusercontent\.com: compare .*:sub/;
    await refusedAs('MalformedPolicyDocument', make('open', open), text);
    await make('closed', trust(github, { StringLike: { [`${github}:sub`]: 'repo:octo-org/octo-repo:*' } }));
    const widened = iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'closed', PolicyDocument: open }));
    await refusedAs('MalformedPolicyDocument', widened, text);
    await refusedAs(
      'MalformedPolicyDocument',
      make('configured', trust('ci.example.com')),
      /token of ci\.example\.com/,
    );
    await make('own', trust('id.example.com'));
  });
});
