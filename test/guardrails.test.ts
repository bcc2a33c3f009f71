// A site under an organisation and behind a trusted proxy: what guardrails stop, and whom a request is from.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { administratorOf, registryAuthorization } from './support/administrator.ts';
import { type House, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';
import { callAs } from './support/sallyport-client.ts';

const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
const noDelete = { Effect: 'Deny', Action: 'ecr:DeleteRepository', Resource: '*' };
const noPolicies = { Effect: 'Deny', Principal: '*', Action: 'ecr:SetRepositoryPolicy', Resource: '*' };
const token = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };

describe('an organisation and a proxy', () => {
  let house: House;
  let guest: Ecr.ECRClient;
  let folder = '';
  let profile = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-guardrails-'));
    const file = async (name: string, ...Statement: object[]) => {
      await writeFile(join(folder, name), JSON.stringify({ Version: '2012-10-17', Statement }));
      return join(folder, name);
    };
    const scp = await file('scp.json', allow, noDelete);
    const rcp = await file('rcp.json', noPolicies);
    const root = `{serviceControl: ["${scp}"], resourceControl: ["${rcp}"]}`;
    house = await openHouse(
      `organization: {id: o-example1, units: {r-ab12: ${root}}}\nproxies: {trusted: [127.0.0.0/8]}\n`,
    );
    const create = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', house.dataFolder];
    const made = JSON.parse((await runCommand(process.execPath, create)).stdout) as Record<string, string>;
    profile = made['profile'] ?? '';
    guest = new Ecr.ECRClient(await administratorOf(house.dataFolder, house.url, profile));
    await guest.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'theirs' }));
    await house.administrator.ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'ours' }));
  });
  after(async () => {
    guest.destroy();
    await house.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test('a service control policy stops even the administrator of a member account, and says so', async () => {
    await assert.rejects(guest.send(new Ecr.DeleteRepositoryCommand({ repositoryName: 'theirs' })), {
      name: 'AccessDeniedException',
      message:
        /is not authorized to perform: ecr:DeleteRepository .* with an explicit deny in a service control policy$/,
    });
  });

  test('a resource control policy does too', async () => {
    const policyText = JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: 'ecr:*' } });
    await assert.rejects(guest.send(new Ecr.SetRepositoryPolicyCommand({ repositoryName: 'theirs', policyText })), {
      message: /with an explicit deny in a resource control policy$/,
    });
  });

  test('the simulator tells what service control policies say, and TestPolicy what both do', async () => {
    const options = await administratorOf(house.dataFolder, house.url, profile);
    const { iam, sts } = house.as(options);
    const { Arn: PolicySourceArn = '', Account } = await sts.send(new GetCallerIdentityCommand({}));
    const resource = `arn:aws:ecr:us-east-1:${Account}:repository/theirs`;
    const actions = ['ecr:DeleteRepository', 'ecr:SetRepositoryPolicy'];
    const input = { PolicySourceArn, ActionNames: actions, ResourceArns: [resource] };
    const { EvaluationResults } = await iam.send(new Iam.SimulatePrincipalPolicyCommand(input));
    assert.deepEqual(
      EvaluationResults?.map(({ EvalDecision, OrganizationsDecisionDetail: detail }) => [
        EvalDecision,
        detail?.AllowedByOrganizations,
      ]),
      [
        ['explicitDeny', false],
        ['allowed', true],
      ],
    );
    const tested = actions.map(async (action) => {
      const { decision } = await callAs({ options }, 'TestPolicy', { principalArn: PolicySourceArn, action, resource });
      return [decision.reason, decision.by];
    });
    assert.deepEqual(await Promise.all(tested), [
      ['explicit-deny', 'service control policy'],
      ['explicit-deny', 'resource control policy'],
    ]);
  });

  test('the management account is under neither', async () => {
    const { ecr } = house.administrator;
    await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'passing' }));
    const policyText = JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: 'ecr:*' } });
    await ecr.send(new Ecr.SetRepositoryPolicyCommand({ repositoryName: 'passing', policyText }));
    await ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName: 'passing' }));
  });

  test('aws:SourceIp and aws:SecureTransport are what the trusted proxy says, at every request anew', async () => {
    const Condition = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' }, Bool: { 'aws:SecureTransport': 'true' } };
    const user = await house.user('office', [], [token, { ...allow, Action: 'ecr:*', Condition }]);
    const authorization = await registryAuthorization(user.options);
    const statusOf = async (headers: Readonly<Record<string, string>>) => {
      const response = await fetch(`${house.url}/v2/ours/tags/list`, { headers: { authorization, ...headers } });
      await response.arrayBuffer();
      return response.status;
    };
    const secure = { 'x-forwarded-proto': 'https' };
    assert.equal(await statusOf({ ...secure, 'x-forwarded-for': '192.0.2.9' }), 200);
    assert.equal(await statusOf({ ...secure, 'x-forwarded-for': '192.0.2.9, 203.0.113.5' }), 403);
    assert.equal(await statusOf({ ...secure, 'x-forwarded-for': '203.0.113.5, 192.0.2.9, 127.0.0.7' }), 200);
    assert.equal(await statusOf({ 'x-forwarded-for': '192.0.2.9' }), 403, 'in clear');
    assert.equal(await statusOf(secure), 403, 'from the proxy itself');
    const records = await house.auditRecords();
    assert.ok(records.some(({ sourceIPAddress }) => sourceIPAddress === '203.0.113.5'));
  });

  test('a deny on aws:TokenIssueTime revokes registry tokens of long-term keys on the next request', async () => {
    const user = await house.user('worker', [], [token, { ...allow, Action: 'ecr:*' }]);
    const authorization = await registryAuthorization(user.options);
    const statusOf = async (header: string) => {
      const response = await fetch(`${house.url}/v2/ours/tags/list`, { headers: { authorization: header } });
      await response.arrayBuffer();
      return response.status;
    };
    assert.equal(await statusOf(authorization), 200);
    const older = { DateLessThan: { 'aws:TokenIssueTime': new Date(Date.now() + 1).toISOString() } };
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Action: '*', Resource: '*', Condition: older },
    });
    const put = { UserName: 'worker', PolicyName: 'revoked', PolicyDocument };
    await house.administrator.iam.send(new Iam.PutUserPolicyCommand(put));
    assert.equal(await statusOf(authorization), 403);
    assert.equal(await statusOf(await registryAuthorization(user.options)), 200);
  });
});
