// Groups over a whole site: every operation and its refusals, and that members have what the group has, now.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { converse, refused, said } from './support/conversation.ts';
import { type House, openHouse } from './support/house.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const serviceRole = 'arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy';
const documentOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string, Resource = '*') => ({ Effect: 'Allow', Action, Resource });
const document = documentOf(allow('ecr:*'));

describe('groups', () => {
  let house: House;
  let iam: Iam.IAMClient;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
  });
  after(() => house.dispose());

  const talk = (lines: Parameters<typeof converse>[2]) => converse(house, (command) => iam.send(command), lines);
  const noGroup = ['NoSuchEntityException', /^The group with name none cannot be found\.$/] as const;
  const noUser = ['NoSuchEntityException', /^The user with name none cannot be found\.$/] as const;

  test('are made, looked at, renamed and deleted', async () => {
    const GroupName = 'Builders';
    const none = { GroupName: 'none' };
    const answers = await talk([
      said(new Iam.CreateGroupCommand({ GroupName, Path: '/teams/' })),
      refused(
        new Iam.CreateGroupCommand({ GroupName: 'BUILDERS' }),
        'EntityAlreadyExistsException',
        /^Group with name BUILDERS already exists\.$/,
      ),
      refused(new Iam.CreateGroupCommand({ GroupName: 'a b' }), 'ValidationError', /at 'groupName' failed/),
      said(new Iam.CreateGroupCommand({ GroupName: 'Other' })),
      said(new Iam.UpdateGroupCommand({ GroupName: 'builders', NewGroupName: 'Makers', NewPath: '/crews/' })),
      refused(
        new Iam.UpdateGroupCommand({ GroupName: 'Makers', NewGroupName: 'OTHER' }),
        'EntityAlreadyExistsException',
        /^Group with name OTHER already exists\.$/,
      ),
      refused(new Iam.UpdateGroupCommand({ ...none, NewGroupName: 'x' }), ...noGroup),
      said(new Iam.GetGroupCommand({ GroupName: 'makers' })),
      refused(new Iam.GetGroupCommand(none), ...noGroup),
      said(new Iam.ListGroupsCommand({ PathPrefix: '/crews/' })),
      said(new Iam.ListGroupsCommand({ MaxItems: 1 })),
      refused(new Iam.ListGroupsCommand({ Marker: 'forged' }), 'ValidationError', /^Invalid Marker\.$/),
      said(new Iam.DeleteGroupCommand({ GroupName: 'Other' })),
      refused(new Iam.DeleteGroupCommand(none), ...noGroup),
    ]);
    const [made, , , got, listed, paged] = answers as [
      Iam.CreateGroupResponse,
      unknown,
      unknown,
      Iam.GetGroupResponse,
      Iam.ListGroupsResponse,
      Iam.ListGroupsResponse,
    ];
    assert.match(made.Group?.GroupId ?? '', /^AGPA[A-Z2-7]{17}$/);
    assert.match(made.Group?.Arn ?? '', /^arn:aws:iam::\d{12}:group\/teams\/Builders$/);
    const { Group } = got;
    assert.deepEqual([Group?.GroupName, Group?.Path, Group?.GroupId], ['Makers', '/crews/', made.Group?.GroupId]);
    assert.deepEqual(
      listed.Groups?.map((one) => one.GroupName),
      ['Makers'],
    );
    assert.deepEqual([paged.Groups?.length, paged.IsTruncated], [1, true]);
  });

  test('have members, in pages', async () => {
    const GroupName = 'crowd';
    for (const UserName of ['m1', 'm2', 'm3']) await iam.send(new Iam.CreateUserCommand({ UserName }));
    const answers = await talk([
      said(new Iam.CreateGroupCommand({ GroupName })),
      ...['m1', 'm2', 'm3', 'm1'].map((UserName) => said(new Iam.AddUserToGroupCommand({ GroupName, UserName }))),
      refused(new Iam.AddUserToGroupCommand({ GroupName: 'none', UserName: 'm1' }), ...noGroup),
      refused(new Iam.AddUserToGroupCommand({ GroupName, UserName: 'none' }), ...noUser),
      refused(
        new Iam.DeleteGroupCommand({ GroupName }),
        'DeleteConflictException',
        /^Cannot delete entity, must remove users from group first\.$/,
      ),
      refused(
        new Iam.DeleteUserCommand({ UserName: 'm1' }),
        'DeleteConflictException',
        /^Cannot delete entity, must remove users from group first\.$/,
      ),
      said(new Iam.RemoveUserFromGroupCommand({ GroupName, UserName: 'm2' })),
      refused(new Iam.RemoveUserFromGroupCommand({ GroupName, UserName: 'm2' }), 'NoSuchEntityException', /m2/),
      said(new Iam.ListGroupsForUserCommand({ UserName: 'm1' })),
      refused(new Iam.ListGroupsForUserCommand({ UserName: 'none' }), ...noUser),
    ]);
    const groups = answers.at(-1) as Iam.ListGroupsForUserResponse;
    assert.deepEqual(
      groups.Groups?.map((one) => one.GroupName),
      [GroupName],
    );
    const names: string[] = [];
    for await (const page of Iam.paginateGetGroup({ client: iam, pageSize: 1 }, { GroupName })) {
      names.push(...(page.Users ?? []).map(({ UserName = '' }) => UserName));
    }
    assert.deepEqual(names, ['m1', 'm3']);
  });

  test('a user is in ten of them at most, and an account has 300', async () => {
    await iam.send(new Iam.CreateUserCommand({ UserName: 'joiner' }));
    const count = (await iam.send(new Iam.ListGroupsCommand({ MaxItems: 1000 }))).Groups?.length ?? 0;
    for (let index = count; index < 300; index += 1) {
      await iam.send(new Iam.CreateGroupCommand({ GroupName: `group-${index}` }));
    }
    const one = iam.send(new Iam.CreateGroupCommand({ GroupName: 'one-too-many' }));
    await assert.rejects(one, /^LimitExceededException: Cannot exceed quota for GroupsPerAccount: 300$/);
    const join = (index: number) =>
      iam.send(new Iam.AddUserToGroupCommand({ GroupName: `group-${index}`, UserName: 'joiner' }));
    for (let index = 290; index < 300; index += 1) await join(index);
    await assert.rejects(join(289), /^LimitExceededException: Cannot exceed quota for GroupsPerUser: 10$/);
    await join(299);
  });

  test('have inline and attached policies', async () => {
    const GroupName = 'Makers';
    const [PolicyName, PolicyDocument, PolicyArn] = ['one', document, readOnly];
    const large = documentOf(allow(`ecr:${'x'.repeat(5100)}`));
    const noPolicy = ['NoSuchEntityException', /^The group policy with name none cannot be found\.$/] as const;
    const answers = await talk([
      said(new Iam.PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument })),
      refused(new Iam.PutGroupPolicyCommand({ GroupName: 'none', PolicyName, PolicyDocument }), ...noGroup),
      refused(
        new Iam.PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument: '{' }),
        'MalformedPolicyDocumentException',
        /line 1/,
      ),
      refused(
        new Iam.PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument: large }),
        'LimitExceededException',
        /^Maximum policy size of 5120 bytes exceeded for group Makers$/,
      ),
      said(new Iam.GetGroupPolicyCommand({ GroupName, PolicyName })),
      refused(new Iam.GetGroupPolicyCommand({ GroupName, PolicyName: 'none' }), ...noPolicy),
      said(new Iam.ListGroupPoliciesCommand({ GroupName })),
      said(new Iam.AttachGroupPolicyCommand({ GroupName, PolicyArn })),
      refused(
        new Iam.AttachGroupPolicyCommand({ GroupName, PolicyArn: serviceRole }),
        'PolicyNotAttachableException',
        /ECRReplicationServiceRolePolicy/,
      ),
      said(new Iam.ListAttachedGroupPoliciesCommand({ GroupName })),
      refused(new Iam.DeleteGroupCommand({ GroupName }), 'DeleteConflictException', /must detach all policies first/),
      said(new Iam.DetachGroupPolicyCommand({ GroupName, PolicyArn })),
      refused(new Iam.DetachGroupPolicyCommand({ GroupName, PolicyArn }), 'NoSuchEntityException', /was not found/),
      refused(new Iam.DeleteGroupCommand({ GroupName }), 'DeleteConflictException', /must delete policies first/),
      said(new Iam.DeleteGroupPolicyCommand({ GroupName, PolicyName })),
      refused(new Iam.DeleteGroupPolicyCommand({ GroupName, PolicyName: 'none' }), ...noPolicy),
      said(new Iam.DeleteGroupCommand({ GroupName })),
    ]);
    const [, got, names, , attached] = answers as [
      unknown,
      Iam.GetGroupPolicyResponse,
      Iam.ListGroupPoliciesResponse,
      unknown,
      Iam.ListAttachedGroupPoliciesResponse,
    ];
    assert.deepEqual([got.GroupName, decodeURIComponent(got.PolicyDocument ?? '')], [GroupName, document]);
    assert.deepEqual(names.PolicyNames, ['one']);
    assert.deepEqual(attached.AttachedPolicies?.[0]?.PolicyArn, readOnly);
  });

  test('what a group may, its members may from the next request on; what it is denied, they are', async () => {
    const { ecr } = await house.user('member', []);
    const [UserName, GroupName] = ['member', 'readers'];
    const describe = () => ecr.send(new DescribeRepositoriesCommand({}));
    await assert.rejects(describe(), /no identity-based policy allows/);
    await iam.send(new Iam.CreateGroupCommand({ GroupName }));
    await iam.send(new Iam.AddUserToGroupCommand({ GroupName, UserName }));
    await assert.rejects(describe(), /no identity-based policy allows/);
    await iam.send(new Iam.AttachGroupPolicyCommand({ GroupName, PolicyArn: readOnly }));
    await describe();
    await iam.send(new Iam.UpdateGroupCommand({ GroupName, NewGroupName: 'Lectors' }));
    await describe();
    const deny = documentOf({ Effect: 'Deny', Action: 'ecr:Describe*', Resource: '*' });
    const put = { GroupName: 'Lectors', PolicyName: 'not', PolicyDocument: deny };
    await iam.send(new Iam.PutGroupPolicyCommand(put));
    await assert.rejects(describe(), /with an explicit deny in an identity-based policy/);
    await iam.send(new Iam.DeleteGroupPolicyCommand({ GroupName: 'Lectors', PolicyName: 'not' }));
    await describe();
    await iam.send(new Iam.RemoveUserFromGroupCommand({ GroupName: 'Lectors', UserName }));
    await assert.rejects(describe(), /no identity-based policy allows/);
  });
});
