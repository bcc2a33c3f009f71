// The policy simulators, through the official SDK: decisions, positions, what limits, what is missing, pages, refusals.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Iam from '@aws-sdk/client-iam';
import { type House, type HouseUser, openHouse } from './support/house.ts';

const allow = (Action: string | readonly string[], more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource: '*',
  ...more,
});
const deny = (Action: string) => ({ Effect: 'Deny', Action, Resource: '*' });
const documentOf = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';

describe('policy simulators', () => {
  let house: House;
  let administrator: HouseUser;
  let accountId = '';
  const arnOf = (resource: string) => `arn:aws:iam::${accountId}:${resource}`;
  const custom = (input: Omit<Iam.SimulateCustomPolicyCommandInput, 'ActionNames'>, ...ActionNames: string[]) =>
    administrator.iam.send(new Iam.SimulateCustomPolicyCommand({ ...input, ActionNames }));
  const principal = (input: Omit<Iam.SimulatePrincipalPolicyCommandInput, 'ActionNames'>, ...ActionNames: string[]) =>
    administrator.iam.send(new Iam.SimulatePrincipalPolicyCommand({ ...input, ActionNames }));
  const decisions = ({ EvaluationResults = [] }: Iam.SimulateCustomPolicyCommandOutput) =>
    EvaluationResults.map(({ EvalActionName, EvalDecision }) => `${EvalActionName} ${EvalDecision}`);
  const refused = (sending: Promise<unknown>, name: string, message = /./) =>
    assert.rejects(sending, { name, message });

  before(async () => {
    house = await openHouse();
    administrator = house.administrator;
    accountId = house.site.home.accountId;
  });
  after(() => house.dispose());

  test('SimulateCustomPolicy says what decided, and where it stands', async () => {
    const statements = [allow('ecr:*'), deny('ecr:Delete*')].map((one) => `    ${JSON.stringify(one)}`);
    const text = `{\n  "Version": "2012-10-17",\n  "Statement": [\n${statements.join(',\n')}\n  ]\n}`;
    const answer = await custom({ PolicyInputList: [text] }, 'ecr:PutImage', 'ecr:DeleteRepository', 'iam:GetUser');
    assert.deepEqual(decisions(answer), [
      'ecr:PutImage allowed',
      'ecr:DeleteRepository explicitDeny',
      'iam:GetUser implicitDeny',
    ]);
    const [allowed, denied, neither] = answer.EvaluationResults ?? [];
    assert.deepEqual(allowed?.MatchedStatements, [
      {
        SourcePolicyId: 'PolicyInputList.1',
        SourcePolicyType: 'none',
        StartPosition: { Line: 4, Column: 5 },
        EndPosition: { Line: 4, Column: 5 + JSON.stringify(allow('ecr:*')).length },
      },
    ]);
    assert.deepEqual(denied?.MatchedStatements?.[0]?.StartPosition, { Line: 5, Column: 5 });
    assert.deepEqual([neither?.MatchedStatements, neither?.EvalResourceName], [[], '*']);
    assert.equal(answer.IsTruncated, false);
  });

  test('context is what was given, and what is missing is said', async () => {
    const Condition = { StringEquals: { 'aws:RequestTag/team': 'red' }, IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } };
    const PolicyInputList = [documentOf(allow('ecr:CreateRepository', { Condition }))];
    const without = await custom({ PolicyInputList }, 'ecr:CreateRepository');
    assert.deepEqual(decisions(without), ['ecr:CreateRepository implicitDeny']);
    assert.deepEqual(without.EvaluationResults?.[0]?.MissingContextValues, ['aws:RequestTag/team', 'aws:SourceIp']);
    const ContextEntries: Iam.ContextEntry[] = [
      { ContextKeyName: 'aws:requesttag/team', ContextKeyValues: ['red'], ContextKeyType: 'string' },
      { ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['10.1.2.3'], ContextKeyType: 'ip' },
    ];
    const given = await custom({ PolicyInputList, ContextEntries }, 'ecr:CreateRepository');
    assert.deepEqual(decisions(given), ['ecr:CreateRepository allowed']);
    assert.deepEqual(given.EvaluationResults?.[0]?.MissingContextValues, []);
  });

  test('boundary, organisation and resource policy', async () => {
    const PolicyInputList = [documentOf(allow('ecr:*'))];
    const PermissionsBoundaryPolicyInputList = [documentOf(allow('ecr:Get*'))];
    const bounded = await custom({ PolicyInputList, PermissionsBoundaryPolicyInputList }, 'ecr:PutImage', 'ecr:GetX');
    assert.deepEqual(decisions(bounded), ['ecr:PutImage implicitDeny', 'ecr:GetX allowed']);
    const details = bounded.EvaluationResults?.map((one) => one.PermissionsBoundaryDecisionDetail);
    assert.deepEqual(details, [{ AllowedByPermissionsBoundary: false }, { AllowedByPermissionsBoundary: true }]);
    const OrderedOrganizationPolicyInputList = [
      { ServiceControlPolicyInputList: [documentOf(allow('*'), deny('ecr:PutImage'))] },
    ];
    const guarded = await custom({ PolicyInputList, OrderedOrganizationPolicyInputList }, 'ecr:PutImage', 'ecr:GetX');
    assert.deepEqual(decisions(guarded), ['ecr:PutImage explicitDeny', 'ecr:GetX allowed']);
    const organization = guarded.EvaluationResults?.map((one) => one.OrganizationsDecisionDetail);
    assert.deepEqual(organization, [{ AllowedByOrganizations: false }, { AllowedByOrganizations: true }]);
    await house.user('named', []);
    const CallerArn = arnOf('user/named');
    const statement = { Effect: 'Allow', Principal: { AWS: CallerArn }, Action: 'ecr:PutImage' };
    const repository = (owner: string) => `arn:aws:ecr:us-east-1:${owner}:repository/app`;
    const ResourceArns = [repository(accountId), repository('444455556666')];
    const byResource = await custom(
      { PolicyInputList: [documentOf(deny('s3:*'))], ResourcePolicy: documentOf(statement), CallerArn, ResourceArns },
      'ecr:PutImage',
    );
    // Of another account's resource the own side has to allow as well.
    assert.deepEqual(decisions(byResource), ['ecr:PutImage allowed', 'ecr:PutImage implicitDeny']);
    const [specific] = byResource.EvaluationResults?.[0]?.ResourceSpecificResults ?? [];
    assert.deepEqual([specific?.EvalResourceName, specific?.EvalResourceDecision], [ResourceArns[0], 'allowed']);
    assert.equal(specific?.MatchedStatements?.[0]?.SourcePolicyType, 'resource');
  });

  test('across accounts each type of policy says its part, unless the organisation forbids it', async () => {
    await house.user('mary', [], [allow('ecr:Put*'), deny('ecr:BatchDeleteImage')]);
    const PolicySourceArn = arnOf('user/mary');
    const statement = { Effect: 'Allow', Principal: { AWS: PolicySourceArn }, Action: 'ecr:*', Resource: '*' };
    const given = { PolicySourceArn, ResourcePolicy: documentOf(statement) };
    const repository = (owner: string) => `arn:aws:ecr:us-east-1:${owner}:repository/app`;
    const details = async (input: object, ...actions: string[]) => {
      const { EvaluationResults } = await principal({ ...given, ...input }, ...actions);
      return EvaluationResults?.map(
        ({ EvalDecision, EvalDecisionDetails: all, ResourceSpecificResults: each = [] }) => {
          for (const one of each) assert.deepEqual(one.EvalDecisionDetails ?? {}, all ?? {});
          return [EvalDecision, all];
        },
      );
    };
    const foreign = { ResourceArns: [repository('444455556666')] };
    const both = { 'IAM Policy': 'allowed', 'Resource Policy': 'allowed' };
    assert.deepEqual(await details(foreign, 'ecr:PutImage', 'ecr:ListImages', 'ecr:BatchDeleteImage', 'kms:Decrypt'), [
      ['allowed', both],
      ['implicitDeny', { ...both, 'IAM Policy': 'implicitDeny' }],
      ['explicitDeny', { ...both, 'IAM Policy': 'explicitDeny' }],
      ['implicitDeny', { 'IAM Policy': 'implicitDeny', 'Resource Policy': 'implicitDeny' }],
    ]);
    const PermissionsBoundaryPolicyInputList = [documentOf(allow('iam:*'))];
    assert.deepEqual(await details({ ...foreign, PermissionsBoundaryPolicyInputList }, 'ecr:PutImage'), [
      ['implicitDeny', { ...both, 'Permissions Boundary Policy': 'implicitDeny' }],
    ]);
    assert.deepEqual(
      await details({ ResourceOwner: '444455556666', ResourceArns: ['arn:aws:s3:::a'] }, 'ecr:PutImage'),
      [['allowed', both]],
    );
    const none = (answer: unknown) => answer === undefined || Object.keys(answer as object).length === 0;
    for (const own of [{ ResourceArns: [repository(accountId)] }, {}]) {
      assert.ok(none((await details(own, 'ecr:PutImage'))?.[0]?.[1]), 'within an account there is nothing to say');
    }
    const forbidden = await custom(
      {
        ...{ PolicyInputList: [documentOf(allow('ecr:*'))], CallerArn: PolicySourceArn, ...foreign },
        ResourcePolicy: given.ResourcePolicy,
        OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [documentOf(allow('iam:*'))] }],
      },
      'ecr:PutImage',
    );
    const [result] = forbidden.EvaluationResults ?? [];
    assert.deepEqual([result?.EvalDecision, result?.EvalDecisionDetails], ['implicitDeny', undefined]);
    assert.deepEqual(result?.OrganizationsDecisionDetail, { AllowedByOrganizations: false });
  });

  test('SimulatePrincipalPolicy takes what a user, its groups, a group and a role have', async () => {
    const { iam } = administrator;
    const self = { Resource: 'arn:aws:iam::*:user/${aws:username}' };
    await house.user('dora', ['AmazonEC2ContainerRegistryReadOnly'], [allow('iam:GetUser', self)]);
    await iam.send(new Iam.CreateGroupCommand({ GroupName: 'team' }));
    await iam.send(new Iam.AddUserToGroupCommand({ GroupName: 'team', UserName: 'dora' }));
    const PolicyDocument = documentOf(allow('ecr:PutImage'));
    await iam.send(new Iam.PutGroupPolicyCommand({ GroupName: 'team', PolicyName: 'push', PolicyDocument }));
    const PolicySourceArn = arnOf('user/dora');
    const answer = await principal({ PolicySourceArn }, 'ecr:PutImage', 'ecr:ListImages', 'ecr:DeleteRepository');
    assert.deepEqual(decisions(answer), [
      'ecr:PutImage allowed',
      'ecr:ListImages allowed',
      'ecr:DeleteRepository implicitDeny',
    ]);
    const sources = answer.EvaluationResults?.map(({ MatchedStatements: [one] = [] }) => [
      one?.SourcePolicyId,
      one?.SourcePolicyType,
    ]);
    assert.deepEqual(sources?.slice(0, 2), [
      ['push', 'group'],
      [readOnly, 'aws-managed'],
    ]);
    const own = await principal(
      { PolicySourceArn, ResourceArns: [PolicySourceArn, arnOf('user/other')] },
      'iam:GetUser',
    );
    assert.deepEqual(decisions(own), ['iam:GetUser allowed', 'iam:GetUser implicitDeny']);
    const PolicyExclusionList: Iam.PolicyIdentifier[] = [{ PolicyArn: readOnly }];
    const less = await principal({ PolicySourceArn, PolicyExclusionList }, 'ecr:PutImage', 'ecr:ListImages');
    assert.deepEqual(decisions(less), ['ecr:PutImage allowed', 'ecr:ListImages implicitDeny']);
    const PolicyInputList = [documentOf(deny('ecr:PutImage'))];
    const more = await principal({ PolicySourceArn, PolicyInputList }, 'ecr:PutImage');
    assert.deepEqual(decisions(more), ['ecr:PutImage explicitDeny']);
    const group = await principal({ PolicySourceArn: arnOf('group/team') }, 'ecr:PutImage', 'ecr:ListImages');
    assert.deepEqual(decisions(group), ['ecr:PutImage allowed', 'ecr:ListImages implicitDeny']);
    const trust = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = documentOf(trust);
    const role = { RoleName: 'builder', AssumeRolePolicyDocument, PermissionsBoundary: readOnly };
    await iam.send(new Iam.CreateRoleCommand(role));
    await iam.send(
      new Iam.PutRolePolicyCommand({ RoleName: 'builder', PolicyName: 'all', PolicyDocument: documentOf(allow('*')) }),
    );
    const ofRole = await principal({ PolicySourceArn: arnOf('role/builder') }, 'ecr:PutImage', 'ecr:ListImages');
    assert.deepEqual(decisions(ofRole), ['ecr:PutImage implicitDeny', 'ecr:ListImages allowed']);
    assert.equal(ofRole.EvaluationResults?.[1]?.MatchedStatements?.[0]?.SourcePolicyType, 'role');
  });

  test('results come in pages', async () => {
    const PolicyInputList = [documentOf(allow('ecr:*'))];
    const ResourceArns = ['a', 'b', 'c'].map((name) => `arn:aws:ecr:us-east-1:${accountId}:repository/${name}`);
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await custom(
        { PolicyInputList, ResourceArns, MaxItems: 4, ...(Marker && { Marker }) },
        'ecr:A1',
        'ecr:B1',
      );
      seen.push(
        ...(page.EvaluationResults ?? []).map((one) => `${one.EvalActionName} ${one.EvalResourceName?.at(-1)}`),
      );
      assert.equal(page.IsTruncated, page.Marker !== undefined);
      Marker = page.Marker;
    } while (Marker !== undefined);
    assert.deepEqual(seen, ['ecr:A1 a', 'ecr:A1 b', 'ecr:A1 c', 'ecr:B1 a', 'ecr:B1 b', 'ecr:B1 c']);
  });

  test('GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy', async () => {
    const Condition = {
      Bool: { 'aws:SecureTransport': 'true' },
      StringLike: { 'aws:username': '${aws:PrincipalTag/team}*' },
    };
    const policy = documentOf(
      allow('*', { Condition }),
      allow('*', { Condition: { Bool: { 'AWS:secureTransport': 'true' } } }),
    );
    const keys = new Iam.GetContextKeysForCustomPolicyCommand({ PolicyInputList: [policy] });
    const { ContextKeyNames } = await administrator.iam.send(keys);
    assert.deepEqual(ContextKeyNames, ['aws:PrincipalTag/team', 'aws:SecureTransport', 'aws:username']);
    await house.user('keyed', [], [allow('*', { Condition })]);
    const PolicySourceArn = arnOf('user/keyed');
    const ofUser = new Iam.GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn, PolicyInputList: [] });
    assert.deepEqual((await administrator.iam.send(ofUser)).ContextKeyNames, ContextKeyNames);
    const nobody = new Iam.GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: arnOf('user/nobody') });
    await refused(administrator.iam.send(nobody), 'NoSuchEntityException');
    const malformed = new Iam.GetContextKeysForCustomPolicyCommand({ PolicyInputList: ['{}'] });
    await refused(administrator.iam.send(malformed), 'InvalidInputException');
  });

  test('refusals, and the audit record of each', async () => {
    const PolicyInputList = [documentOf(allow('ecr:*'))];
    await refused(custom({ PolicyInputList: ['{'] }, 'ecr:A1'), 'InvalidInputException', /PolicyInputList\.1 .*line 1/);
    await refused(custom({ PolicyInputList }, 'no action'), 'ValidationError', /actionNames/);
    await refused(custom({ PolicyInputList, Marker: 'forged' }, 'ecr:A1'), 'ValidationError', /Invalid Marker/);
    const ResourcePolicy = documentOf({ Effect: 'Allow', Principal: '*', Action: '*' });
    await refused(custom({ PolicyInputList, ResourcePolicy }, 'ecr:A1'), 'InvalidInputException', /CallerArn/);
    const foreign = 'arn:aws:iam::444455556666:user/alice';
    await refused(
      custom({ PolicyInputList, CallerArn: foreign }, 'ecr:A1'),
      'InvalidInputException',
      /no user of this/,
    );
    await refused(custom({ PolicyInputList, ResourceOwner: 'me' }, 'ecr:A1'), 'InvalidInputException', /no account/);
    await refused(principal({ PolicySourceArn: arnOf('user/nobody') }, 'ecr:A1'), 'NoSuchEntityException');
    await refused(principal({ PolicySourceArn: foreign }, 'ecr:A1'), 'AccessDenied');
    const curious = await house.user('curious', ['AmazonEC2ContainerRegistryReadOnly']);
    const denied = new Iam.SimulateCustomPolicyCommand({ PolicyInputList, ActionNames: ['ecr:A1'] });
    await refused(curious.iam.send(denied), 'AccessDenied', /iam:SimulateCustomPolicy/);
    const records = await house.auditRecords();
    for (const name of ['SimulateCustomPolicy', 'SimulatePrincipalPolicy', 'GetContextKeysForCustomPolicy']) {
      const own = records.filter(({ eventName }) => eventName === name);
      assert.ok(own.some(({ errorCode }) => errorCode === undefined) && own.every(({ readOnly: is }) => is), name);
    }
  });
});
