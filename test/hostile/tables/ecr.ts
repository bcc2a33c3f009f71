// The ECR door: JSON that is none, members of the wrong type, beyond every limit, unknown or twice.

import { limits } from '../../../src/core/limits.ts';
import { constraints } from '../../../src/services/ecr/constraints.ts';
import { laterOperations } from '../../../src/services/ecr/later.ts';
import { schemaOf } from '../../../src/wire/schema.ts';
import type { Expectation, HostileCase, HttpRequest } from '../case.ts';
import { brokenInputs } from '../generated/broken-constraints.ts';
import { sampleInput } from '../generated/samples.ts';
import { wrongInputs } from '../generated/wrong-types.ts';

const schema = schemaOf({ name: 'ecr', schema: 'ecr' });
const served = Object.keys(schema.operations).filter((name) => !Object.hasOwn(laterOperations, name));
const target = 'AmazonEC2ContainerRegistry_V20150921';

const serialization: Expectation = { status: 400, code: 'SerializationException' };
const parameter: Expectation = { status: 400, code: 'InvalidParameterException' };
const unknown: Expectation = { status: 400, code: 'UnknownOperationException' };

/** A signed call of one operation. */
export function ecrCall(operation: string, body: string | Buffer | object): HttpRequest {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const headers = { 'x-amz-target': `${target}.${operation}`, 'content-type': 'application/x-amz-json-1.1' };
  return { method: 'POST', path: '/', headers, body: text, signedFor: 'ecr', as: 'administrator' };
}

const ecr = (name: string, send: HttpRequest, expect: Expectation): HostileCase => ({
  door: 'ecr',
  name,
  send,
  expect,
});

const bomb =
  '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">' +
  '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d SYSTEM "file:///etc/passwd">]><l>&c;&d;</l>';

const malformed: readonly string[] = [
  ...['{', '}', '[', '"', '{"a":}', '{"a"}', '{a:1}', "{'a':1}", '{"a":1,}', '{,}', '[1,]', '{"a":1}}', '{}{}'],
  ...['{"a":1} x', 'nul', 'nulll', 'True', 'undefined', 'NaN', '{"a":NaN}', '{"a":Infinity}', '{"a":01}', '{"a":1.}'],
  ...['{"a":.5}', '{"a":+1}', '{"a":0x10}', '{"a":1e}', '{"a":--1}', '/* a */ {}', '{} // a', '\ufeff{}', '{"a":"\n"}'],
  ...[
    '{"a":"\u0000"}',
    '{"a":"\\x41"}',
    '{"a":"\\u12"}',
    '{"a":"\\"',
    '\u0000{}',
    '{}\u0000',
    '{"a" 1}',
    '{"a":1 "b":2}',
  ],
  ...[bomb, 'a=1&b=2', '\u001f\u008b', '{"\\ud800":', '"', '-'],
];
const wrongTop: readonly string[] = ['[]', '"x"', '7', 'true', 'null', '[{}]'];
const twice: readonly string[] = [
  '{"maxResults":1,"maxResults":1}',
  '{"maxResults":1,"\\u006daxResults":2}',
  '{"unknown":{"a":1,"a":2}}',
  '{"unknown":[{"a":1,"\\u0061":2}]}',
  '{"__proto__":1,"__proto__":2}',
  '{"":1,"":2}',
  '{"repositoryNames":["team/app"],"repositoryNames":["secret/app"]}',
];
const invalidUtf8: ReadonlyArray<readonly [string, readonly number[]]> = [
  ['a lone continuation byte', [0x80]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['an overlong null', [0xc0, 0x80]],
  ['half a surrogate pair', [0xed, 0xa0, 0x80]],
  ['beyond Unicode', [0xf5, 0x80, 0x80, 0x80]],
  ['cut off', [0xe2, 0x82]],
  ['0xff', [0xff]],
];
const deep: ReadonlyArray<readonly [string, string]> = [
  ['33 arrays', `{"unknown":${'['.repeat(33)}${']'.repeat(33)}}`],
  ['33 objects', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`],
  ['100,000 arrays', '['.repeat(100_000)],
  ['100,000 objects', '{"a":'.repeat(100_000)],
  ['100,000 closed arrays', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
];
const broken: readonly HostileCase[] = [
  ...malformed.map((body) =>
    ecr(`not JSON: ${body.slice(0, 40)}`, ecrCall('DescribeRepositories', body), serialization),
  ),
  ...wrongTop.map((body) => ecr(`no object: ${body}`, ecrCall('DescribeRepositories', body), serialization)),
  ...twice.map((body) => ecr(`twice: ${body}`, ecrCall('DescribeRepositories', body), serialization)),
  ...deep.map(([what, body]) => ecr(`deep: ${what}`, ecrCall('DescribeRepositories', body), serialization)),
  ...invalidUtf8.map(([what, bytes]) => {
    const body = Buffer.concat([Buffer.from('{"unknown":"'), Buffer.from(bytes), Buffer.from('"}')]);
    return ecr(`UTF-8: ${what}`, ecrCall('DescribeRepositories', body), serialization);
  }),
  ecr('a number beyond all numbers', ecrCall('DescribeRepositories', '{"maxResults":1e999}'), parameter),
  ecr('4 MiB of white space', ecrCall('DescribeRepositories', `${' '.repeat(4 * 1024 * 1024)}x`), serialization),
  ecr('a string of 4 MiB without end', ecrCall('DescribeRepositories', `{"a":"${'\\'.repeat(4_194_304)}`), {
    ...serialization,
    withinMs: 2000,
  }),
];

const types: readonly HostileCase[] = served.flatMap((operation) => {
  const input = schema.operations[operation]?.input ?? null;
  if (input === null) return [];
  return wrongInputs(schema, input).map(({ what, input: body }) =>
    ecr(`${operation}: ${what}`, ecrCall(operation, body), serialization),
  );
});

const bounds: readonly HostileCase[] = Object.entries(constraints).flatMap(([operation, table]) =>
  brokenInputs(schema, operation, table).map(({ what, input }) => {
    const isLarge = what.startsWith('layerPartBlob') || what.startsWith('imageManifest');
    const send = ecrCall(operation, input);
    return ecr(`${operation}: ${what}`, send, isLarge ? { ...parameter, withinMs: 3000 } : parameter);
  }),
);

/** Members that nobody knows are dropped; what is left is an honest call about something that does not exist. */
const strangers: readonly HostileCase[] = served.flatMap((operation) => {
  const honest = JSON.stringify(sampleInput(schema, schema.operations[operation]?.input ?? null)).slice(1);
  if (operation === 'CreateRepository') return [];
  const body = `{"unknown":{"a":[1]},"__proto__":{"force":true},"constructor":{"prototype":{"x":1}},"toString":1${
    honest === '}' ? '' : ','
  }${honest}`;
  // An ARN in another account is denied before anything is looked for.
  const codes = ['RepositoryNotFoundException', 'InvalidParameterException', 'AccessDeniedException'];
  return [ecr(`${operation}: unknown members`, ecrCall(operation, body), { status: [200, 400], code: codes })];
});

const later: readonly HostileCase[] = Object.keys(laterOperations).map((operation) =>
  ecr(`${operation}, which a later version brings`, ecrCall(operation, '{"registryId":7}'), unknown),
);

const targets: readonly HostileCase[] = [
  'Nope',
  'constructor',
  '__proto__',
  'toString',
  '',
  'describerepositories',
  'a.b',
].map((operation) => ecr(`operation '${operation}'`, ecrCall(operation, '{}'), unknown));

const tokens: readonly HostileCase[] = ['DescribeRepositories', 'ListImages', 'DescribeImages'].flatMap((operation) =>
  ['x', '', 'AAAA', 'a'.repeat(5000), '../..', Buffer.alloc(64, 7).toString('base64url'), 'bnVsbA=='].map(
    (nextToken) => {
      const repositoryName = operation === 'DescribeRepositories' ? {} : { repositoryName: 'team/app' };
      const body = { ...repositoryName, nextToken };
      return ecr(`${operation}: forged nextToken ${nextToken.slice(0, 20)}`, ecrCall(operation, body), parameter);
    },
  ),
);

const large: readonly HostileCase[] = [
  ecr(
    'a body of one byte too many, announced',
    { ...ecrCall('DescribeRepositories', '{}'), declaredBytes: limits.requestBodyBytesMax + 1 },
    { status: 413, code: 'RequestEntityTooLargeException', closes: true },
  ),
  ecr(
    'a body of 2^53 bytes, announced',
    { ...ecrCall('DescribeRepositories', '{}'), declaredBytes: 2 ** 53 },
    { status: 413, code: 'RequestEntityTooLargeException', closes: true },
  ),
  ecr('a GET', { ...ecrCall('DescribeRepositories', ''), method: 'GET' }, unknown),
  ecr('a DELETE', { ...ecrCall('DescribeRepositories', ''), method: 'DELETE' }, unknown),
];

const atTheLimit: readonly HostileCase[] = [
  ecr(
    'a name of 256 characters',
    ecrCall('DescribeRepositories', { repositoryNames: ['a'.repeat(limits.repositoryNameLengthMax)] }),
    { status: 400, code: 'RepositoryNotFoundException' },
  ),
  ecr('1000 results', ecrCall('DescribeRepositories', { maxResults: limits.pageSizeMax }), { status: 200 }),
  ecr(
    '100 image ids',
    ecrCall('BatchGetImage', {
      repositoryName: 'team/app',
      imageIds: Array.from({ length: limits.batchMax }, (_, index) => ({ imageTag: `t${index}` })),
    }),
    { status: 200 },
  ),
  ecr('32 levels', ecrCall('DescribeRepositories', `{"unknown":${'['.repeat(31)}${']'.repeat(31)}}`), { status: 200 }),
  ecr('no body at all', ecrCall('DescribeRepositories', ''), { status: 200 }),
];

export const ecrCases: readonly HostileCase[] = [
  ...[...broken, ...types, ...bounds, ...strangers, ...later],
  ...[...targets, ...tokens, ...large, ...atTheLimit],
];
