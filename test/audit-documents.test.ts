// Policies in the audit of a whole site: sealed in the files, opened by the command line, and no member forgotten.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { memberKind } from '../src/audit/members.ts';
import { type House, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder } from './support/server-process.ts';

const marker = 'Marker0b5f2cNeverInClear';
const documentOf = (more: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: marker, Effect: 'Allow', Action: 'ecr:ListImages', ...more }],
  });
const identity = documentOf({ Resource: '*' });
const resource = documentOf({ Principal: '*' });

async function auditText({ dataFolder }: House): Promise<string> {
  const folder = join(dataFolder, 'audit');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}

const audit = ({ dataFolder }: House, args: readonly string[]) =>
  runCommand(process.execPath, [join(checkoutFolder, 'src/main.ts'), 'audit', ...args, '--data', dataFolder], {
    timeoutMs: 60_000,
  });

async function putPolicies({ administrator: { iam, ecr } }: House): Promise<void> {
  await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'app' }));
  await ecr.send(new Ecr.SetRepositoryPolicyCommand({ repositoryName: 'app', policyText: resource }));
  await iam.send(new Iam.CreateUserCommand({ UserName: 'ana' }));
  const named = { UserName: 'ana', PolicyName: 'own' };
  await iam.send(new Iam.PutUserPolicyCommand({ ...named, PolicyDocument: identity }));
  const malformed = identity.replace('"Effect"', `"${marker}Effect"`);
  await assert.rejects(iam.send(new Iam.PutUserPolicyCommand({ ...named, PolicyDocument: malformed })), {
    name: 'MalformedPolicyDocumentException',
  });
}

describe('policies in the audit', () => {
  let house: House;
  before(async () => {
    house = await openHouse();
    await putPolicies(house);
    await house.auditRecords();
  });
  after(() => house.dispose());

  test('are sealed in the files, with what a refusal quotes of them, and the chain holds', async () => {
    const text = await auditText(house);
    assert.ok(!text.includes(marker));
    assert.match(text, /"eventName":"PutUserPolicy".*"userName":"ana"/);
    assert.match((await audit(house, ['verify'])).stdout, /the chain holds/);
  });

  test('are opened by audit read, for programs and for people', async () => {
    const { stdout } = await audit(house, ['read', '--json', '--event', 'PutUserPolicy', 'SetRepositoryPolicy']);
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      records.map(({ eventName, errorCode }) => [eventName, errorCode]),
      [
        ['SetRepositoryPolicy', undefined],
        ['PutUserPolicy', undefined],
        ['PutUserPolicy', 'MalformedPolicyDocument'],
      ],
    );
    assert.equal(records[0].requestParameters.policyText, resource);
    assert.equal(JSON.parse(records[0].responseElements.policyText).Statement[0].Sid, marker);
    assert.equal(records[1].requestParameters.policyDocument, identity);
    assert.match(records[2].errorMessage, new RegExp(marker));
    const people = await audit(house, ['read', '--request-id', records[1].requestID]);
    assert.match(
      people.stdout,
      /^\S+Z {2}PutUserPolicy {2}arn:aws:iam::\d{12}:user\/\S+ {2}127\.0\.0\.1 {2}\S+\n {4}done\n/,
    );
    assert.ok(people.stdout.includes(marker));
    assert.equal((await audit(house, ['read', '--json', '--until', '1d'])).stdout, '');
  });
});

test('stand in clear where that was asked for', async () => {
  const house = await openHouse('audit: {documents: clear}');
  try {
    await putPolicies(house);
    await house.auditRecords();
    assert.equal((await auditText(house)).split(marker).length > 4, true);
  } finally {
    await house.dispose();
  }
});

/** Texts whose names sound like content, and are none: names, ARNs, kinds, and what callers read in answers alone. */
const noDocuments = [/Policy(Arn|Names?|Id|Types?|VersionId|SourceArn|UsageFilter)$/i, /^templateArn$/i];

test('every text of a served operation that sounds like a document is sealed, or is known to be none', async () => {
  const folder = join(checkoutFolder, 'src/wire/schemas');
  const suspicious: string[] = [];
  for (const name of await readdir(folder)) {
    const { shapes = {} } = JSON.parse(await readFile(join(folder, name), 'utf8')) as Schema;
    for (const [shape, { members = {} }] of Object.entries(shapes)) {
      for (const [member, { target }] of Object.entries(members)) {
        const isText = target === 'string' || isListOfTexts(shapes[target]);
        if (!isText || !/polic|document|content|template|body|script(?!ion)/i.test(member)) continue;
        if (memberKind(member) !== undefined || noDocuments.some((known) => known.test(member))) continue;
        suspicious.push(`${name} ${shape}.${member}`);
      }
    }
  }
  assert.deepEqual(suspicious, []);
});

interface Shape {
  readonly type?: string;
  readonly member?: { readonly target: string };
  readonly members?: Readonly<Record<string, { readonly target: string }>>;
}

interface Schema {
  readonly shapes?: Readonly<Record<string, Shape>>;
}

function isListOfTexts(shape: Shape | undefined): boolean {
  return shape?.type === 'list' && shape.member?.target === 'string';
}
