// Every denial can be explained, by its request id, to those who may know: policy, statement, condition and remedy.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
} from '@aws-sdk/client-ecr';
import { ApiError } from '../src/cli/client/call.ts';
import { administratorOf } from './support/administrator.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';
import { callAs, runAs } from './support/sallyport-client.ts';

interface SdkError extends Error {
  readonly $metadata: { readonly requestId?: string };
}

/** The request id of a denial, which must be one. */
async function denied(sending: Promise<unknown>): Promise<string> {
  const error = await sending.then(
    () => assert.fail('it was allowed'),
    (thrown: SdkError) => thrown,
  );
  assert.match(error.message, /is not authorized to perform/);
  return error.$metadata.requestId ?? '';
}

const isRefused = (code: string) => (error: unknown) => {
  assert.ok(error instanceof ApiError, String(error));
  assert.equal(error.code, code);
  return true;
};

describe('ExplainDenial', () => {
  let house: House;
  let administrator: HouseUser;
  before(async () => {
    house = await openHouse();
    administrator = house.administrator;
    await administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  });
  after(() => house.dispose());
  const explain = async (requestId: string, as = administrator) => {
    return (await callAs(as, 'ExplainDenial', { requestId })).denial;
  };

  test('an implicit deny names the statements that came near, and the smallest one that would allow', async () => {
    const user = await house.user(
      'reader',
      [],
      [
        {
          Sid: 'Red',
          Effect: 'Allow',
          Action: 'ecr:Delete*',
          Resource: '*',
          Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' } },
        },
        { Sid: 'Other', Effect: 'Allow', Action: 'ecr:*', Resource: 'arn:aws:ecr:*:*:repository/other' },
        { Sid: 'Reads', Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' },
      ],
    );
    const id = await denied(user.ecr.send(new DeleteRepositoryCommand({ repositoryName: 'app' })));
    const denial = await explain(id);
    const arn = `arn:aws:ecr:us-east-1:${house.site.home.accountId}:repository/app`;
    assert.equal(denial.requestId, id);
    assert.equal(denial.side, 'both');
    assert.match(denial.message, /because no identity-based policy allows the ecr:DeleteRepository action$/);
    assert.match(denial.principalArn, /:user\/reader$/);
    assert.equal(denial.accessKeyId, user.options.credentials.accessKeyId);
    const { decision } = denial;
    assert.deepEqual([decision.reason, decision.by], ['implicit-deny', 'identity-based policy']);
    const [policy] = decision.policies;
    assert.deepEqual([policy?.type, policy?.name, policy?.effect], ['identity-based policy', 'test', 'neither']);
    const mismatches = policy?.statements.map(({ sid, mismatches: all }) => [sid, ...all]);
    assert.deepEqual(mismatches, [
      [
        'Red',
        { element: 'Condition', operator: 'StringEquals', key: 'aws:ResourceTag/team', wanted: ['red'], found: [] },
      ],
      ['Other', { element: 'Resource', wanted: ['arn:aws:ecr:*:*:repository/other'], found: [arn] }],
      ['Reads', { element: 'Action', wanted: ['ecr:GetAuthorizationToken'], found: ['ecr:DeleteRepository'] }],
    ]);
    assert.deepEqual(policy?.context, [{ key: 'aws:ResourceTag/team', values: [] }]);
    const statement = JSON.stringify({ Effect: 'Allow', Action: 'ecr:DeleteRepository', Resource: arn });
    const owner = user.options.credentials && `arn:aws:iam::${house.site.home.accountId}:user/reader`;
    assert.deepEqual(decision.changes, [
      { kind: 'add-statement', policyType: 'identity-based policy', owner, statement },
    ]);
  });

  test('an explicit deny names its statement, and what else would still be missing', async () => {
    const user = await house.user(
      'stopped',
      [],
      [{ Sid: 'NoDelete', Effect: 'Deny', Action: 'ecr:DeleteRepository', Resource: '*' }],
    );
    const { decision } = await explain(
      await denied(user.ecr.send(new DeleteRepositoryCommand({ repositoryName: 'app' }))),
    );
    assert.deepEqual(decision.decidedBy, { policyName: 'test', index: 0 });
    assert.deepEqual(
      decision.changes.map(({ kind, sid }) => [kind, sid]),
      [
        ['change-statement', 'NoDelete'],
        ['add-statement', undefined],
      ],
    );
  });

  test('the OCI door too carries the id of the request', async () => {
    const user = await house.user(
      'docker',
      [],
      [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }],
    );
    const answer = await (await user.oci()).send('GET', '/v2/app/manifests/latest');
    assert.equal(answer.status, 403);
    const { errors } = JSON.parse(answer.body.toString()) as { errors: ReadonlyArray<{ detail: object }> };
    assert.deepEqual(errors[0]?.detail, { requestId: answer.headers['x-amzn-requestid'] });
    const denial = await explain(String(answer.headers['x-amzn-requestid']));
    assert.equal(denial.action, 'ecr:BatchGetImage');
  });

  test('only who may, only of the own account, only what was denied', async () => {
    const user = await house.user('curious', ['AmazonEC2ContainerRegistryReadOnly']);
    const id = await denied(user.ecr.send(new DeleteRepositoryCommand({ repositoryName: 'app' })));
    await assert.rejects(explain(id, user), isRefused('AccessDeniedException'));
    const allowed = await administrator.ecr.send(new DescribeRepositoriesCommand({}));
    await assert.rejects(explain(allowed.$metadata.requestId ?? ''), isRefused('ResourceNotFoundException'));
    await assert.rejects(explain('not-an-id'), isRefused('ValidationException'));
    const records = (await house.auditRecords()).filter(({ eventName }) => eventName === 'ExplainDenial');
    assert.ok(records.some(({ errorCode }) => errorCode === 'AccessDenied'));
    assert.ok(records.some(({ errorCode, requestParameters }) => !errorCode && requestParameters !== null));
  });

  test('each of two accounts sees its own side', async () => {
    const create = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', house.dataFolder];
    const made = JSON.parse((await runCommand(process.execPath, create)).stdout) as Record<string, string>;
    const guest = { options: await administratorOf(house.dataFolder, house.url, made['profile']) };
    const ecr = new ECRClient(guest.options);
    const registryId = house.site.home.accountId;
    const imageIds = [{ imageTag: 'a' }];
    const sending = ecr.send(new BatchGetImageCommand({ registryId, repositoryName: 'app', imageIds }));
    const id = await denied(sending);
    ecr.destroy();
    const own = await explain(id);
    assert.deepEqual([own.side, own.accessKeyId, own.decision.policies.length], ['resource', undefined, 0]);
    assert.equal(own.decision.changes[0]?.owner, `arn:aws:ecr:us-east-1:${registryId}:repository/app`);
    const { denial } = await callAs(guest, 'ExplainDenial', { requestId: id });
    assert.deepEqual([denial.side, denial.decision.changes], ['principal', []]);
    assert.deepEqual(
      denial.decision.policies.map(({ type }) => type),
      ['identity-based policy'],
    );
  });

  test('sallyport explain prints it for people and as JSON', async () => {
    const user = await house.user(
      'person',
      [],
      [
        {
          Sid: 'Office',
          Effect: 'Allow',
          Action: 'ecr:*',
          Resource: '*',
          Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
        },
      ],
    );
    const id = await denied(user.ecr.send(new DeleteRepositoryCommand({ repositoryName: 'app' })));
    const said = await runAs(administrator, 'explain', id);
    assert.equal(said.code, 0, said.err);
    assert.match(said.out, /statement 1 "Office" \(line 1, column \d+\) Allow/);
    assert.match(said.out, /Condition IpAddress aws:SourceIp wants 203\.0\.113\.0\/24, the request has 127\.0\.0\.1/);
    assert.match(said.out, /add to the identity-based policy of arn:aws:iam::\d+:user\/person:\n.*"Action":"ecr:Del/);
    const json = JSON.parse((await runAs(administrator, 'explain', id, '--json')).out) as Record<string, unknown>;
    assert.equal(json['requestId'], id);
    const signs = 'a\u009b2Jb\u0085';
    user.ecr.middlewareStack.add(
      (next) => (args) => {
        (args.request as { readonly headers: Record<string, string> }).headers['user-agent'] = signs;
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const other = await denied(user.ecr.send(new DeleteRepositoryCommand({ repositoryName: 'app' })));
    const { out } = await runAs(administrator, 'explain', other);
    assert.match(out, /^from {7}127\.0\.0\.1 a\\u009b2Jb\\u0085$/m, 'no sign of the caller moves the terminal');
    const refused = await runAs(user, 'explain', id);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^AccessDeniedException: User: .* \(request [0-9a-f-]{36}\)$/);
    assert.equal((await runAs(administrator, 'explain')).code, 2);
  });
});
