// AWS Query against the official IAM and STS clients, and against requests that no client would send.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateUserCommand,
  DeleteUserCommand,
  IAMClient,
  ListUsersCommand,
  NoSuchEntityException,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { isKind } from '#core/errors.ts';
import type { Service } from '#core/service.ts';
import { schemaOf } from '../schema.ts';
import { type Answer, requestOf, serveFormat } from '../testing/serve-format.ts';
import { awsQuery } from './aws-query.ts';
import { escapeXml } from './write-xml.ts';

function serviceOf(name: 'iam' | 'sts', version: string): Service {
  return {
    name,
    protocol: 'aws-query',
    eventSource: `${name}.amazonaws.com`,
    version,
    namespace: `https://${name}.amazonaws.com/doc/${version}/`,
    schema: name,
    operations: Object.fromEntries(
      Object.keys(schemaOf({ name, schema: name }).operations).map((key) => [key, 'later']),
    ),
    errors: {},
    rooms: undefined,
  };
}

const iam = serviceOf('iam', '2010-05-08');
const sts = serviceOf('sts', '2011-06-15');
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };

async function withIam(answer: Answer, run: (client: IAMClient, inputs: unknown[]) => Promise<void>): Promise<void> {
  await using server = await serveFormat(awsQuery, iam, () => answer);
  const client = new IAMClient({ endpoint: server.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  await run(client, server.inputs);
  client.destroy();
}

const user = {
  Path: '/',
  UserName: 'a',
  UserId: 'AIDA',
  Arn: 'arn:aws:iam::123456789012:user/a',
  CreateDate: new Date('2026-01-31T12:00:00Z'),
};

const readRaw = async (operation: string, body: string): Promise<unknown> =>
  awsQuery.read(iam, operation, requestOf({}, Buffer.from(body)), undefined as never);

test('structures, lists of structures and times go both ways', async () => {
  const hostile = { ...user, UserName: '<a>&"\'\r\n\u00fc\u{1f600}' };
  await withIam(
    { output: { User: { ...hostile, Tags: [{ Key: 'k', Value: '' }], Secret: 'x' } } },
    async (client, inputs) => {
      const input = {
        UserName: 'a+b c&d',
        Path: '/x/',
        Tags: [
          { Key: 'k', Value: 'ü=1' },
          { Key: 'l', Value: '' },
        ],
      };
      const answer = await client.send(new CreateUserCommand(input));
      assert.deepEqual(answer.User, { ...hostile, Tags: [{ Key: 'k', Value: '' }] });
      assert.deepEqual(inputs, [{ operation: 'CreateUser', input }]);
    },
  );
  await withIam({ output: { Users: [user, user], IsTruncated: false } }, async (client, inputs) => {
    const answer = await client.send(new ListUsersCommand({ MaxItems: 7 }));
    assert.deepEqual(answer.Users, [user, user]);
    assert.equal(answer.IsTruncated, false);
    assert.deepEqual(inputs, [{ operation: 'ListUsers', input: { MaxItems: 7 } }]);
  });
});

test('an operation without output answers its envelope', async () => {
  await withIam({ output: undefined }, async (client) => {
    const answer = await client.send(new DeleteUserCommand({ UserName: 'a' }));
    assert.equal(answer.$metadata.requestId, '11111111-2222-4333-8444-555555555555');
  });
});

test('exceptions reach the client typed, with status and text', async () => {
  const refusal = { code: 'NoSuchEntity', status: 404, message: 'The user with name <a> cannot be found.' };
  await withIam({ refusal }, async (client) => {
    const failure = await client.send(new DeleteUserCommand({ UserName: 'a' })).catch((error: unknown) => error);
    assert.ok(failure instanceof NoSuchEntityException);
    assert.equal(failure.message, refusal.message);
    assert.equal(failure.$metadata.httpStatusCode, 404);
    assert.equal(failure.$fault, 'client');
  });
});

test('STS: caller identity, by POST and by a presigned GET', async () => {
  const output = { Account: '123456789012', Arn: 'arn:aws:iam::123456789012:root', UserId: '123456789012' };
  await using server = await serveFormat(awsQuery, sts, () => ({ output }));
  const client = new STSClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  const { $metadata, ...answer } = await client.send(new GetCallerIdentityCommand({}));
  client.destroy();
  assert.deepEqual(answer, output);
  assert.equal($metadata.httpStatusCode, 200);
  const url = `${server.endpoint}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Signature=0`;
  const text = await (await fetch(url)).text();
  assert.match(text, /^<GetCallerIdentityResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/">/);
});

test('Action and Version must both be served', async () => {
  const named = async (query: string) =>
    awsQuery.operationOf(iam, requestOf({ method: 'GET', query }, Buffer.alloc(0)));
  assert.equal(await named('Action=GetUser&Version=2010-05-08'), 'GetUser');
  for (const query of [
    '',
    'Action=GetUser',
    'Action=GetUser&Version=2011-06-15',
    'Action=toString&Version=2010-05-08',
  ]) {
    await assert.rejects(named(query), (error: unknown) => isKind(error, 'unknown-operation'), query);
  }
});

test('wrong types, odd lists and missing members are refused', async () => {
  const refusedAs = (kind: 'malformed-request' | 'validation-failed') => (error: unknown) => isKind(error, kind);
  for (const body of ['MaxItems=1e3', 'MaxItems=', 'MaxItems=x', 'MaxItems.member.1=1']) {
    await assert.rejects(readRaw('ListUsers', body), refusedAs('malformed-request'), body);
  }
  const odd = ['Tags.member.0.Key=a', 'Tags.member.01.Key=a', 'Tags.member.x.Key=a', 'Tags.member.1=a', 'Tags=a'];
  for (const tags of odd) {
    await assert.rejects(readRaw('CreateUser', `UserName=a&${tags}`), refusedAs('malformed-request'), tags);
  }
  await assert.rejects(readRaw('CreateUser', 'Path=/'), refusedAs('validation-failed'));
  await assert.rejects(readRaw('CreateUser', 'UserName=a&Tags.member.1.Key=k'), /at 'tags\.1\.member\.value'/);
  await assert.rejects(readRaw('CreateUser', 'UserName=\u00fc'), refusedAs('malformed-request'));
  assert.deepEqual(await readRaw('CreateUser', 'UserName=a&Tags=&Other=1'), { UserName: 'a', Tags: [] });
});

test('list items come in the order of their numbers', async () => {
  const body = 'UserName=a&Tags.member.10.Key=c&Tags.member.10.Value=3&Tags.member.2.Key=b&Tags.member.2.Value=2';
  assert.deepEqual(await readRaw('CreateUser', body), {
    UserName: 'a',
    Tags: [
      { Key: 'b', Value: '2' },
      { Key: 'c', Value: '3' },
    ],
  });
});

test('escaped text holds no markup and nothing that XML 1.0 forbids', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeXml(text);
      assert.ok(escaped.isWellFormed());
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the forbidden ones
      assert.doesNotMatch(
        escaped,
        /[<>"'\u0000-\u0008\u000b\u000c\r\u000e-\u001f\ufffe\uffff]|&(?!(amp|lt|gt|quot|#39|#xD);)/,
      );
    }),
  );
});
