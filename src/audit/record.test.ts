// The record's shape, member by member, as CloudTrail has it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccountId } from '#core/account.ts';
import { intentLine, recordLine } from './record.ts';
import { accountId, sampleCall, sampleCaller, sampleSubject } from './testing/sample-calls.ts';

const stamp = { atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), eventId: 'e0000000-0000-4000-8000-000000000000' };

test('a refused write has every member in order', () => {
  const subject = sampleSubject('write');
  const outcome = { errorCode: 'AccessDenied', errorMessage: 'no' };
  const line = recordLine(sampleCall({ endpointId: 'vpce-1' }), subject, outcome, stamp);
  const expected = {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAANA',
      arn: `arn:aws:iam::${accountId}:user/ana`,
      accountId,
      accessKeyId: 'AKIAEXAMPLE',
      userName: 'ana',
    },
    eventTime: '2026-01-02T03:04:05Z',
    eventSource: 'ecr.amazonaws.com',
    eventName: 'CreateRepository',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '192.0.2.7',
    userAgent: 'docker/28.0',
    errorCode: 'AccessDenied',
    errorMessage: 'no',
    requestParameters: { repositoryName: 'team/app' },
    responseElements: null,
    requestID: '6f1b1f0e-0000-4000-8000-000000000001',
    eventID: stamp.eventId,
    readOnly: false,
    resources: [{ ARN: `arn:aws:ecr:eu-west-1:${accountId}:repository/team/app`, accountId }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    eventCategory: 'Management',
    recipientAccountId: accountId,
    vpcEndpointId: 'vpce-1',
    tlsDetails: { clientProvidedHostHeader: 'registry.example:5000' },
  };
  assert.equal(line, `${JSON.stringify(expected)}\n`);
});

test('a read shows no response, a plaintext call no TLS, an unknown caller its type', () => {
  const subject = sampleSubject('read', { caller: undefined, resources: [], requestParameters: null });
  const outcome = { responseElements: { secret: 1 }, additionalEventData: { bytes: 3 } };
  const record = JSON.parse(recordLine(sampleCall({ secureTransport: false }), subject, outcome, stamp));
  assert.deepEqual(record.userIdentity, { type: 'Unknown' });
  assert.equal(record.responseElements, null);
  assert.equal(record.requestParameters, null);
  assert.equal(record.readOnly, true);
  assert.deepEqual(record.additionalEventData, { bytes: 3 });
  for (const absent of ['tlsDetails', 'resources', 'errorCode', 'vpcEndpointId'])
    assert.ok(!(absent in record), absent);
});

test('root is spelt by its account, and a second key of the same principal is not confused with the first', () => {
  const caller = sampleCaller(sampleCall());
  const root = { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root`, principalId: 'x' } as const;
  const identityOf = (accessKeyId: string): unknown =>
    JSON.parse(
      recordLine(
        sampleCall(),
        sampleSubject('read', { caller: { ...caller, principal: root, accessKeyId } }),
        {},
        stamp,
      ),
    ).userIdentity;
  const expected = { type: 'Root', principalId: accountId, arn: root.arn, accountId, accessKeyId: 'AKIA1' };
  assert.deepEqual(identityOf('AKIA1'), expected);
  assert.deepEqual(identityOf('AKIA2'), { ...expected, accessKeyId: 'AKIA2' });
});

test('a cross-account call belongs to the owner of the resource', () => {
  const owner = parseAccountId('999999999999') ?? accountId;
  const resources = [
    { arn: `arn:aws:ecr:eu-west-1:${owner}:repository/x`, accountId: owner, type: 'AWS::ECR::Repository' },
  ];
  const record = JSON.parse(recordLine(sampleCall(), sampleSubject('read', { resources }), {}, stamp));
  assert.equal(record.recipientAccountId, owner);
  assert.deepEqual(record.resources, [{ ARN: resources[0]?.arn, accountId: owner, type: 'AWS::ECR::Repository' }]);
});

test('texts of the caller are cut at 1 kB between characters and cannot break the line', () => {
  const call = sampleCall({ userAgent: 'é'.repeat(2000) });
  const outcome = { errorCode: 'X', errorMessage: 'a\n"}{\u0000\ud800' };
  const line = recordLine(call, sampleSubject('read', { eventName: 'x'.repeat(5000) }), outcome, stamp);
  assert.equal(line.indexOf('\n'), line.length - 1);
  const record = JSON.parse(line);
  assert.equal(record.userAgent, 'é'.repeat(512));
  assert.equal(record.eventName.length, 1024);
  assert.equal(record.errorMessage, outcome.errorMessage);
});

test('an intent names the caller, the operation and the resources', () => {
  const line = intentLine(sampleCall(), sampleSubject('write'), stamp.atMs);
  assert.deepEqual(JSON.parse(line), {
    intent: {
      requestID: '6f1b1f0e-0000-4000-8000-000000000001',
      eventTime: '2026-01-02T03:04:05Z',
      eventSource: 'ecr.amazonaws.com',
      eventName: 'CreateRepository',
      arn: `arn:aws:iam::${accountId}:user/ana`,
      resources: [`arn:aws:ecr:eu-west-1:${accountId}:repository/team/app`],
    },
  });
});
