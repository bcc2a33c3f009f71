// `node bench/decision.ts [--rounds 5]`: CPU of one decision, evaluated and kept, and of hostile patterns as they grow.

import { parseArgs } from 'node:util';
import { compilePolicy } from '../src/access/compile.ts';
import { openCompiler } from '../src/access/compiler.ts';
import { conditionContext } from '../src/access/context.ts';
import { type Judge, openDecisions } from '../src/access/decisions.ts';
import { evaluate, type PolicySet } from '../src/access/evaluate.ts';
import { documentsOf, policySetOf, requestOf } from '../src/access/inputs.ts';
import { parsePolicy } from '../src/access/parse.ts';
import { applyingOf, callerOf, nowMs } from '../src/access/testing/callers.ts';
import { accountId, alice, repository } from '../src/access/testing/principals.ts';
import type { Caller } from '../src/core/caller.ts';
import { need } from '../src/core/need.ts';
import type { PolicyDocument } from '../src/core/ports/policy-source.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const pull = need('ecr:BatchGetImage', repository);

/** A central team's policy: two statements for another team, with conditions of the usual kind. */
function teamPolicy(team: number, condition: object): PolicyDocument {
  const statements = [
    {
      Sid: `Team${team}`,
      Effect: 'Allow',
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
      Resource: `arn:aws:ecr:*:${accountId}:repository/division-${team}/*`,
      Condition: condition,
    },
    {
      Sid: `Deny${team}`,
      Effect: 'Deny',
      Action: 'ecr:Delete*',
      Resource: `arn:aws:ecr:*:*:repository/kept-${team}/*`,
    },
  ];
  return documentOf(`policy-${team}`, statements);
}

function documentOf(name: string, statements: readonly object[]): PolicyDocument {
  return { name, text: JSON.stringify({ Version: '2012-10-17', Statement: statements }) };
}

function policies(count: number, condition: object): readonly PolicyDocument[] {
  const all = { Sid: 'Everything', Effect: 'Allow', Action: ['ecr:*', 'sts:*'], Resource: '*', Condition: condition };
  return [...Array.from({ length: count - 1 }, (_, team) => teamPolicy(team, condition)), documentOf('all', [all])];
}

/** Median of the rounds, in microseconds of CPU. */
function cpuOf(work: () => unknown, count: number): number {
  const samples: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const before = process.cpuUsage();
    for (let index = 0; index < count; index += 1) work();
    const { user, system } = process.cpuUsage(before);
    // The first one warms up.
    if (round > 0) samples.push((user + system) / count);
  }
  return samples.toSorted((one, other) => one - other)[Math.floor(samples.length / 2)] ?? Number.NaN;
}

const show = (name: string, us: number) => console.log(`${name.padEnd(58)} ${us.toFixed(3).padStart(10)} µs`);

function showDecisions(count: number, reads: string, condition: object): void {
  const applying = applyingOf({ principal: { identity: policies(count, condition), tags: { team: 'web' } } });
  const caller: Caller = callerOf(alice);
  const set = policySetOf(openCompiler(), documentsOf(alice, pull, applying));
  const judge: Judge = openDecisions();
  show(
    `${count} policies that read ${reads}, evaluated`,
    cpuOf(() => evaluate(requestOf(caller, pull, applying, nowMs), set), 20_000),
  );
  show(
    `${count} policies that read ${reads}, kept`,
    cpuOf(() => judge(caller, pull, applying, nowMs), 200_000),
  );
}

const readings: ReadonlyArray<readonly [string, object]> = [
  ['nothing', {}],
  ["the principal's tags", { StringEquals: { 'aws:PrincipalTag/team': ['web', 'api'] } }],
  ['the source address', { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '192.0.2.0/24'] } }],
  ['the clock', { DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } }],
];
for (const count of [1, 20]) for (const [reads, condition] of readings) showDecisions(count, reads, condition);

/** Evaluated alone: the time should double as the pattern and the text do. */
const hostile: ReadonlyArray<
  readonly [name: string, statement: (size: number) => object, value: (size: number) => string]
> = [
  ['stars that nearly fit', (size) => like(`${'*a'.repeat(size / 2)}*b`), (size) => 'a'.repeat(size)],
  ['question marks between stars', (size) => like(`*${'?'.repeat(size / 2)}b*`), (size) => 'a'.repeat(size)],
  ['a piece that repeats itself', (size) => like(`*${'a'.repeat(size / 2)}b*`), (size) => 'a'.repeat(size)],
  ['many variables of a long value', (size) => like('${test:value}*'.repeat(size / 14)), (size) => 'a'.repeat(size)],
  [
    'many alternatives',
    (size) => like(Array.from({ length: size / 16 }, (_, index) => `*x${index}*`)),
    (size) => 'a'.repeat(size),
  ],
];

function like(wanted: string | readonly string[]): object {
  return { Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringLike: { 'test:value': wanted } } };
}

for (const [name, statement, value] of hostile) {
  for (const size of [1024, 2048, 4096]) {
    const document = documentOf('hostile', [statement(size)]);
    const set: PolicySet = { identity: [compilePolicy(parsePolicy(document.text, 'identity'), document.name)] };
    const context = conditionContext({ 'test:value': value(size) });
    const request = { action: 'ecr:BatchGetImage', resource: repository, principal: alice, context };
    show(
      `hostile: ${name}, ${size} characters`,
      cpuOf(() => evaluate(request, set), 50),
    );
  }
}
