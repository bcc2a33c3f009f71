// The Organizations door through the official SDK: the tree, the accounts and the guardrails of a site, who may read
// them, what is refused and how, and the record of each call.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as Organizations from '@aws-sdk/client-organizations';
import { administratorOf } from './support/administrator.ts';
import { type House, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';

type Client = Organizations.OrganizationsClient;

const rootId = 'r-ab12';
const unitId = 'ou-ab12-production';
const innerId = 'ou-ab12-payments';
const scpFilter = { Filter: 'SERVICE_CONTROL_POLICY' } as const;
const rcpFilter = { Filter: 'RESOURCE_CONTROL_POLICY' } as const;
const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
const deny = { Effect: 'Deny', Principal: '*', Action: 'ecr:DeleteRepository', Resource: '*' };

function clientOf(options: ConstructorParameters<typeof Organizations.OrganizationsClient>[0]): Client {
  return new Organizations.OrganizationsClient({ ...options });
}

/** Another account of the site, and a client of its administrator. */
async function newAccount(house: House, name: string) {
  const create = ['src/main.ts', 'account', 'create', '--name', name, '--json', '--data', house.dataFolder];
  const made = JSON.parse((await runCommand(process.execPath, create)).stdout) as Record<string, string>;
  const options = await administratorOf(house.dataFolder, house.url, made['profile']);
  return { accountId: made['accountId'] ?? '', client: clientOf(options) };
}

/** Every operation with an input that is right for a management account's own organisation. */
function everyCommand(accountId: string): ReadonlyMap<string, object> {
  return new Map<string, object>([
    ['DescribeOrganization', new Organizations.DescribeOrganizationCommand({})],
    ['ListAWSServiceAccessForOrganization', new Organizations.ListAWSServiceAccessForOrganizationCommand({})],
    ['ListDelegatedAdministrators', new Organizations.ListDelegatedAdministratorsCommand({})],
    ['ListAccounts', new Organizations.ListAccountsCommand({})],
    ['ListAccountsForParent', new Organizations.ListAccountsForParentCommand({ ParentId: rootId })],
    ['DescribeAccount', new Organizations.DescribeAccountCommand({ AccountId: accountId })],
    ['ListRoots', new Organizations.ListRootsCommand({})],
    [
      'ListOrganizationalUnitsForParent',
      new Organizations.ListOrganizationalUnitsForParentCommand({ ParentId: rootId }),
    ],
    [
      'DescribeOrganizationalUnit',
      new Organizations.DescribeOrganizationalUnitCommand({ OrganizationalUnitId: unitId }),
    ],
    ['ListChildren', new Organizations.ListChildrenCommand({ ParentId: rootId, ChildType: 'ACCOUNT' })],
    ['ListParents', new Organizations.ListParentsCommand({ ChildId: accountId })],
    ['ListPolicies', new Organizations.ListPoliciesCommand(scpFilter)],
    ['DescribePolicy', new Organizations.DescribePolicyCommand({ PolicyId: 'p-FullAWSAccess' })],
    ['ListPoliciesForTarget', new Organizations.ListPoliciesForTargetCommand({ TargetId: rootId, ...scpFilter })],
    ['ListTargetsForPolicy', new Organizations.ListTargetsForPolicyCommand({ PolicyId: 'p-FullAWSAccess' })],
  ]);
}

const send = (client: Client, command: object) => client.send(command as Organizations.ListAccountsCommand);

describe('an organisation', () => {
  let house: House;
  let folder = '';
  let home: Client;
  let homeId = '';
  let guest: Awaited<ReturnType<typeof newAccount>>;
  const clients: Client[] = [];
  const arn = (rest: string) => `arn:aws:organizations::${homeId}:${rest}`;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-organizations-'));
    const file = async (name: string, ...Statement: object[]) => {
      await writeFile(join(folder, name), JSON.stringify({ Version: '2012-10-17', Statement }));
      return join(folder, name);
    };
    const root = `{serviceControl: ["${await file('everything.json', allow)}"]}`;
    const unit = `{parent: ${rootId}, resourceControl: ["${await file('keep.json', deny)}"]}`;
    const units = `{${rootId}: ${root}, ${unitId}: ${unit}, ${innerId}: {parent: ${unitId}}}`;
    const member = `{"111122223333": {unit: ${innerId}}}`;
    house = await openHouse(`organization: {id: o-example1, units: ${units}, accounts: ${member}}\n`);
    homeId = house.site.home.accountId;
    home = clientOf(house.administrator.options);
    guest = await newAccount(house, 'guests');
    clients.push(home, guest.client);
  });
  after(async () => {
    for (const client of clients) client.destroy();
    await house.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test('is told to every member, by its management account and the policies that it has', async () => {
    for (const client of clients) {
      const { Organization } = await client.send(new Organizations.DescribeOrganizationCommand({}));
      assert.deepEqual(Organization, {
        Id: 'o-example1',
        Arn: arn('organization/o-example1'),
        FeatureSet: 'ALL',
        MasterAccountId: homeId,
        MasterAccountArn: arn(`account/o-example1/${homeId}`),
        AvailablePolicyTypes: [
          { Type: 'RESOURCE_CONTROL_POLICY', Status: 'ENABLED' },
          { Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' },
        ],
      });
    }
    const { EnabledServicePrincipals } = await home.send(
      new Organizations.ListAWSServiceAccessForOrganizationCommand({}),
    );
    assert.deepEqual(EnabledServicePrincipals, []);
    const { DelegatedAdministrators } = await home.send(new Organizations.ListDelegatedAdministratorsCommand({}));
    assert.deepEqual(DelegatedAdministrators, []);
  });

  test('lists all accounts of the site, page by page, and describes each', async () => {
    const found: Organizations.Account[] = [];
    for await (const { Accounts = [] } of Organizations.paginateListAccounts({ client: home, pageSize: 1 }, {})) {
      assert.equal(Accounts.length, 1);
      found.push(...Accounts);
    }
    assert.deepEqual(found.map(({ Id = '' }) => Id).toSorted(), [homeId, guest.accountId].toSorted());
    const { Account } = await home.send(new Organizations.DescribeAccountCommand({ AccountId: guest.accountId }));
    assert.deepEqual(
      Account,
      found.find(({ Id }) => Id === guest.accountId),
    );
    const { JoinedTimestamp, ...rest } = Account ?? {};
    assert.ok(JoinedTimestamp instanceof Date);
    assert.deepEqual(rest, {
      Id: guest.accountId,
      Arn: arn(`account/o-example1/${guest.accountId}`),
      Name: 'guests',
      Status: 'ACTIVE',
      State: 'ACTIVE',
      Paths: [`o-example1/${rootId}/${guest.accountId}/`],
      JoinedMethod: 'CREATED',
    });
  });

  test('is a tree of units and accounts', async () => {
    const { Roots = [] } = await home.send(new Organizations.ListRootsCommand({}));
    assert.deepEqual(
      Roots.map(({ Id, Arn }) => [Id, Arn]),
      [[rootId, arn(`root/o-example1/${rootId}`)]],
    );
    const unit = {
      Id: innerId,
      Arn: arn(`ou/o-example1/${innerId}`),
      Name: innerId,
      Path: `o-example1/${rootId}/${unitId}/${innerId}/`,
    };
    const below = new Organizations.ListOrganizationalUnitsForParentCommand({ ParentId: unitId });
    assert.deepEqual((await home.send(below)).OrganizationalUnits, [unit]);
    const described = new Organizations.DescribeOrganizationalUnitCommand({ OrganizationalUnitId: innerId });
    assert.deepEqual((await home.send(described)).OrganizationalUnit, unit);
    const children = async (ParentId: string, ChildType: Organizations.ChildType) => {
      const { Children } = await home.send(new Organizations.ListChildrenCommand({ ParentId, ChildType }));
      return Children?.map(({ Id }) => Id);
    };
    assert.deepEqual(await children(rootId, 'ORGANIZATIONAL_UNIT'), [unitId]);
    assert.deepEqual(await children(rootId, 'ACCOUNT'), [homeId, guest.accountId].toSorted());
    assert.deepEqual(await children(innerId, 'ACCOUNT'), [], 'an account that the site does not have');
    const parents = async (ChildId: string) =>
      (await home.send(new Organizations.ListParentsCommand({ ChildId }))).Parents;
    assert.deepEqual(await parents(innerId), [{ Id: unitId, Type: 'ORGANIZATIONAL_UNIT' }]);
    assert.deepEqual(await parents(guest.accountId), [{ Id: rootId, Type: 'ROOT' }]);
    const inRoot = new Organizations.ListAccountsForParentCommand({ ParentId: rootId });
    assert.equal((await home.send(inRoot)).Accounts?.length, 2);
  });

  test('shows its guardrails as policies, and where each is attached', async () => {
    const names = async (filter: typeof scpFilter | typeof rcpFilter, TargetId?: string) => {
      const command =
        TargetId === undefined
          ? new Organizations.ListPoliciesCommand(filter)
          : new Organizations.ListPoliciesForTargetCommand({ TargetId, ...filter });
      const { Policies = [] } = (await send(home, command)) as Organizations.ListPoliciesCommandOutput;
      return Policies.map(({ Name = '' }) => Name).toSorted();
    };
    assert.deepEqual(await names(scpFilter), ['FullAWSAccess', 'everything']);
    assert.deepEqual(await names(rcpFilter), ['RCPFullAWSAccess', 'keep']);
    assert.deepEqual(await names(scpFilter, rootId), ['everything']);
    assert.deepEqual(await names(rcpFilter, rootId), ['RCPFullAWSAccess']);
    assert.deepEqual(await names(scpFilter, unitId), ['FullAWSAccess'], 'nothing configured takes nothing away');
    assert.deepEqual(await names(rcpFilter, unitId), ['RCPFullAWSAccess', 'keep']);
    assert.deepEqual(await names(scpFilter, guest.accountId), ['FullAWSAccess']);
    const { Policies = [] } = await home.send(new Organizations.ListPoliciesCommand(rcpFilter));
    const { Id: PolicyId } = Policies.find(({ Name }) => Name === 'keep') ?? {};
    const { Policy } = await home.send(new Organizations.DescribePolicyCommand({ PolicyId }));
    assert.deepEqual(JSON.parse(Policy?.Content ?? '').Statement, [deny]);
    assert.equal(Policy?.PolicySummary?.Arn, arn(`policy/o-example1/resource_control_policy/${PolicyId}`));
    const { Targets } = await home.send(new Organizations.ListTargetsForPolicyCommand({ PolicyId }));
    assert.deepEqual(Targets, [
      { TargetId: unitId, Arn: arn(`ou/o-example1/${unitId}`), Name: unitId, Type: 'ORGANIZATIONAL_UNIT' },
    ]);
  });

  test('is the management account’s to read: a member learns no more than which one it is in', async () => {
    for (const [name, command] of everyCommand(guest.accountId)) {
      if (name === 'DescribeOrganization') continue;
      await assert.rejects(send(guest.client, command), {
        name: 'AccessDeniedException',
        message: "You don't have permissions to access this resource.",
      });
    }
  });

  test('is read by whom policies let, each call under its own action, and each is recorded', async () => {
    const all = everyCommand(guest.accountId);
    const nobody = clientOf((await house.user('nobody', [])).options);
    const statement = {
      Effect: 'Allow',
      Action: [...all.keys()].map((name) => `organizations:${name}`),
      Resource: '*',
    };
    const reader = clientOf((await house.user('reader', [], [statement])).options);
    clients.push(nobody, reader);
    const before = new Set((await house.auditRecords()).map(({ requestID }) => requestID));
    for (const [name, command] of all) {
      await assert.rejects(
        send(nobody, command),
        new RegExp(`AccessDeniedException: .* perform: organizations:${name} on resource: .* no identity-based policy`),
      );
      await send(reader, command);
    }
    const records = (await house.auditRecords()).filter(({ requestID }) => !before.has(requestID));
    assert.deepEqual(
      records.map(({ eventName, errorCode = 'none', readOnly }) => `${eventName} ${errorCode} ${readOnly}`).toSorted(),
      [...all.keys()].flatMap((name) => [`${name} AccessDenied true`, `${name} none true`]).toSorted(),
    );
  });

  test('a permission for one account is none for another', async () => {
    const Resource = arn(`account/o-example1/${guest.accountId}`);
    const statement = { Effect: 'Allow', Action: 'organizations:DescribeAccount', Resource };
    const one = clientOf((await house.user('one', [], [statement])).options);
    clients.push(one);
    await one.send(new Organizations.DescribeAccountCommand({ AccountId: guest.accountId }));
    const other = one.send(new Organizations.DescribeAccountCommand({ AccountId: homeId }));
    await assert.rejects(other, new RegExp(`on resource: ${arn(`account/o-example1/${homeId}`)} because`));
  });

  const nobody = '000000000001';
  const refused: ReadonlyArray<readonly [error: string, command: object]> = [
    ['AccountNotFoundException', new Organizations.DescribeAccountCommand({ AccountId: nobody })],
    ['ParentNotFoundException', new Organizations.ListAccountsForParentCommand({ ParentId: 'ou-none-atall' })],
    ['ParentNotFoundException', new Organizations.ListChildrenCommand({ ParentId: 'r-none', ChildType: 'ACCOUNT' })],
    ['ParentNotFoundException', new Organizations.ListOrganizationalUnitsForParentCommand({ ParentId: 'r-none' })],
    ['ChildNotFoundException', new Organizations.ListParentsCommand({ ChildId: nobody })],
    [
      'OrganizationalUnitNotFoundException',
      new Organizations.DescribeOrganizationalUnitCommand({ OrganizationalUnitId: 'ou-none-atall' }),
    ],
    ['PolicyNotFoundException', new Organizations.DescribePolicyCommand({ PolicyId: 'p-00000000' })],
    ['PolicyNotFoundException', new Organizations.ListTargetsForPolicyCommand({ PolicyId: 'p-00000000' })],
    ['TargetNotFoundException', new Organizations.ListPoliciesForTargetCommand({ TargetId: nobody, ...scpFilter })],
    ['InvalidInputException', new Organizations.DescribeAccountCommand({ AccountId: 'guests' })],
    ['InvalidInputException', new Organizations.ListAccountsCommand({ MaxResults: 21 })],
    ['InvalidInputException', new Organizations.ListAccountsCommand({ NextToken: 'of-another-list' })],
    ['InvalidInputException', new Organizations.ListPoliciesCommand({ Filter: 'TAG_POLICY' })],
  ];
  for (const [error, command] of refused) {
    test(`refuses ${command.constructor.name} by ${error}`, async () => {
      await assert.rejects(send(home, command), { name: error });
    });
  }

  test('shows a closed account as suspended', async () => {
    const run = (act: string) =>
      runCommand(process.execPath, ['src/main.ts', 'account', act, guest.accountId, '--data', house.dataFolder]);
    await run('close');
    const { Account } = await home.send(new Organizations.DescribeAccountCommand({ AccountId: guest.accountId }));
    assert.deepEqual([Account?.Status, Account?.State], ['SUSPENDED', 'CLOSED']);
    await run('reopen');
  });
});

test('a site without an organisation says so, once the caller may ask', async () => {
  const house = await openHouse();
  const home = clientOf(house.administrator.options);
  const nobody = clientOf((await house.user('nobody', [])).options);
  try {
    for (const command of everyCommand(house.site.home.accountId).values()) {
      await assert.rejects(send(home, command), {
        name: 'AWSOrganizationsNotInUseException',
        message: 'Your account is not a member of an organization.',
      });
      await assert.rejects(send(nobody, command), { name: 'AccessDeniedException' });
    }
  } finally {
    home.destroy();
    nobody.destroy();
    await house.dispose();
  }
});
