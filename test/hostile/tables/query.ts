// The IAM and STS doors: forms that are none, XML where a form belongs, members of the wrong type, beyond every limit.

import { limits } from '../../../src/core/limits.ts';
import { constraints } from '../../../src/services/iam/constraints.ts';
import { constraints as stsConstraints } from '../../../src/services/sts/constraints.ts';
import { type MemberSchema, schemaOf, shapeOf } from '../../../src/wire/schema.ts';
import type { Expectation, HostileCase, HttpRequest } from '../case.ts';
import { brokenInputs } from '../generated/broken-constraints.ts';
import { type Input, sampleInput } from '../generated/samples.ts';

const schema = schemaOf({ name: 'iam', schema: 'iam' });
const versions = { iam: '2010-05-08', sts: '2011-06-15' };

const malformed: Expectation = { status: 400, code: 'MalformedInput' };
const invalid: Expectation = { status: 400, code: 'ValidationError' };
const unknown: Expectation = { status: 400, code: 'InvalidAction' };

function call(service: 'iam' | 'sts', body: string | Buffer): HttpRequest {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  return { method: 'POST', path: '/', headers, body, signedFor: service, as: 'administrator' };
}

const iam = (name: string, body: string | Buffer, expect: Expectation): HostileCase => ({
  door: 'iam',
  name,
  send: call('iam', body),
  expect,
});
const sts = (name: string, body: string | Buffer, expect: Expectation): HostileCase => ({
  door: 'sts',
  name,
  send: call('sts', body),
  expect,
});

function form(action: string, parameters: Input, service: 'iam' | 'sts' = 'iam'): string {
  const query = new URLSearchParams({ Action: action, Version: versions[service] });
  for (const [name, value] of Object.entries(parameters)) spell(query, name, value);
  return query.toString();
}

/** Items of lists and members of structures are parameters of their own: `Tags.member.1.Key`. */
function spell(query: URLSearchParams, name: string, value: unknown): void {
  if (Array.isArray(value)) {
    if (value.length === 0) query.set(name, '');
    for (const [index, item] of value.entries()) spell(query, `${name}.member.${index + 1}`, item);
  } else if (typeof value === 'object' && value !== null) {
    for (const [member, inner] of Object.entries(value)) spell(query, `${name}.${member}`, inner);
  } else query.set(name, plain(value));
}

/** Numbers as JSON spells them, with every digit. */
function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const bomb =
  '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">' +
  '<!ENTITY c SYSTEM "file:///etc/passwd">]><ListUsers><l>&b;&c;</l></ListUsers>';
const listUsers = form('ListUsers', {});

const notForms: ReadonlyArray<readonly [string, string | Buffer, Expectation]> = [
  ['half an escape', `${listUsers}&PathPrefix=%`, malformed],
  ['a wrong escape', `${listUsers}&PathPrefix=%zz`, malformed],
  ['an escape that is no UTF-8', `${listUsers}&PathPrefix=%ff`, malformed],
  ['an overlong escape', `${listUsers}&PathPrefix=%c0%af`, malformed],
  ['half a surrogate pair', `${listUsers}&PathPrefix=%ed%a0%80`, malformed],
  ['bytes beyond ASCII', Buffer.from(`${listUsers}&PathPrefix=/é/`), malformed],
  ['a member twice', `${listUsers}&MaxItems=1&MaxItems=2`, malformed],
  ['a member twice, once escaped', `${listUsers}&MaxItems=1&%4daxItems=2`, malformed],
  ['the action twice', `${listUsers}&Action=DeleteUser`, malformed],
  ['a value and a structure', `${listUsers}&PathPrefix=/&PathPrefix.a=1`, malformed],
  ['a structure and a value', `${listUsers}&PathPrefix.a=1&PathPrefix=/`, malformed],
  ['2001 parameters', `${listUsers}${Array.from({ length: 2001 }, (_, i) => `&p${i}=1`).join('')}`, malformed],
  ['40 levels', `${listUsers}&${'a.'.repeat(40)}b=1`, malformed],
  ['a name of 500,000 dots', `${listUsers}&${'.'.repeat(500_000)}=1`, malformed],
  ['an XML entity bomb', bomb, malformed],
  ['JSON', '{"Action":"ListUsers"}', unknown],
  ['nothing', '', unknown],
  ['only separators', '&'.repeat(1000), unknown],
  ['null bytes', '\u0000\u0000', unknown],
  ['a body of more than 1 MiB', `${listUsers}&a=${'b'.repeat(limits.queryBodyBytesMax)}`, tooLarge()],
];

function tooLarge(): Expectation {
  // The connection ends while the client still sends: not every client sees the answer.
  return { status: [0, 413], code: 'RequestEntityTooLarge' };
}

const actions: readonly HostileCase[] = [
  ...['Nope', 'constructor', '__proto__', 'toString', '', 'listusers', 'ListUsers ', 'ListUsers%00', 'a'.repeat(5000)],
].map((action) => iam(`action ${action.slice(0, 20)}`, `Action=${action}&Version=2010-05-08`, unknown));

const wrongVersions: readonly HostileCase[] = ['', '2010-05-09', '../', '9'.repeat(5000)].map((version) =>
  iam(`version ${version.slice(0, 20)}`, `Action=ListUsers&Version=${version}`, unknown),
);

/** A member as a structure, as a list, and as values that its type does not have. */
const types: readonly HostileCase[] = Object.entries(schema.operations).flatMap(([operation, { input }]) => {
  const shape = input === null ? undefined : shapeOf(schema, input);
  if (shape?.type !== 'structure') return [];
  const base = sampleInput(schema, input);
  return Object.entries(shape.members).flatMap(([name, member]) =>
    wrongForms(name, member).map(([suffix, value]) => {
      const { [name]: _replaced, ...others } = base;
      return iam(
        `${operation}: ${name}${suffix}=${value}`,
        form(operation, { ...others, [`${name}${suffix}`]: value }),
        {
          status: 400,
          code: ['MalformedInput', 'ValidationError'],
        },
      );
    }),
  );
});

function wrongForms(name: string, { target, required }: MemberSchema): ReadonlyArray<readonly [string, string]> {
  // A member of an optional structure that nobody knows is dropped; the value itself must be one.
  const structured = ['string', 'number', 'boolean'].includes(target)
    ? ([
        ['.a', '1'],
        ['.member.1', '1'],
      ] as const)
    : [];
  if (target === 'number') return [...structured, ...['x', '0x10', '1e3', '', ' 1', '１', '9'.repeat(30)].map(at)];
  if (target === 'boolean') return [...structured, ...['1', 'yes', 'TRUE', ''].map(at)];
  return required === true || name.length > 0 ? structured : [];
}

function at(value: string): readonly [string, string] {
  return ['', value];
}

const bounds: readonly HostileCase[] = Object.entries(constraints).flatMap(([operation, table]) =>
  brokenInputs(schema, operation, table).map(({ what, input }) =>
    // A number that is no integer is refused as one before it is compared.
    iam(`${operation}: ${what}`, form(operation, input), { status: 400, code: ['ValidationError', 'MalformedInput'] }),
  ),
);

const stsSchema = schemaOf({ name: 'sts', schema: 'sts' });

const stsBounds: readonly HostileCase[] = Object.entries(stsConstraints).flatMap(([operation, table]) =>
  brokenInputs(stsSchema, operation, table).map(({ what, input }) =>
    sts(`${operation}: ${what}`, form(operation, input, 'sts'), {
      status: 400,
      code: ['ValidationError', 'MalformedInput'],
    }),
  ),
);

const policies: ReadonlyArray<readonly [string, string]> = [
  ['no JSON', 'no'],
  ['an array', '[]'],
  ['deep', '['.repeat(2000)],
  ['duplicate members', '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}'],
  ['an unknown member', '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","X":1}]}'],
  ['an unknown effect', '{"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}'],
  [
    'a principal',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}',
  ],
  [
    'both Action and NotAction',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}',
  ],
  [
    'an unknown operator',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"X":{"a":"b"}}}]}',
  ],
  ['a null', '{"Version":"2012-10-17","Statement":null}'],
  ['__proto__', '{"__proto__":{"Statement":[]}}'],
];

const documents: readonly HostileCase[] = policies.map(([what, PolicyDocument]) =>
  iam(`a policy: ${what}`, form('PutUserPolicy', { UserName: 'nobody', PolicyName: 'p', PolicyDocument }), {
    status: 400,
    code: 'MalformedPolicyDocument',
  }),
);

const markers: readonly HostileCase[] = ['x', 'AAAA', '../..', Buffer.alloc(64, 7).toString('base64url')].map(
  (Marker) => iam(`a forged Marker ${Marker.slice(0, 20)}`, form('ListUsers', { Marker }), invalid),
);

const stsCases: readonly HostileCase[] = [
  sts('an entity bomb', bomb, { status: 400, code: 'MalformedInput' }),
  sts('an unknown action', form('AssumeRoot', {}, 'sts'), { status: 400, code: 'InvalidAction' }),
  sts("IAM's version", form('GetCallerIdentity', {}, 'iam'), { status: 400, code: 'InvalidAction' }),
  sts('no access key', form('GetAccessKeyInfo', {}, 'sts'), { status: 400, code: 'ValidationError' }),
  ...['', 'x', '../', 'AKIA', 'a'.repeat(129), 'AKIA\u0000AAAAAAAAAAAA', 'ÄKIAIOSFODNN7EXAMPLE'].map((AccessKeyId) =>
    sts(`access key ${AccessKeyId.slice(0, 20)}`, form('GetAccessKeyInfo', { AccessKeyId }, 'sts'), {
      status: 400,
      code: 'ValidationError',
    }),
  ),
  sts('a structure', form('GetAccessKeyInfo', { 'AccessKeyId.a': 'x' }, 'sts'), {
    status: 400,
    code: 'MalformedInput',
  }),
  sts('unknown members', form('GetCallerIdentity', { __proto__x: '1', 'a.b.c': '2' }, 'sts'), { status: 200 }),
  sts('a member twice', `${form('GetCallerIdentity', {}, 'sts')}&a=1&a=1`, { status: 400, code: 'MalformedInput' }),
  sts('half an escape', `${form('GetCallerIdentity', {}, 'sts')}&a=%f`, { status: 400, code: 'MalformedInput' }),
];

export const queryCases: readonly HostileCase[] = [
  ...notForms.map(([what, body, expect]) => iam(what, body, expect)),
  ...[...actions, ...wrongVersions, ...types, ...bounds, ...documents, ...markers, ...stsCases, ...stsBounds],
];
