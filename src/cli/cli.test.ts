// The command line without a site: exit codes, both outputs, help, and what `--json` promises.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from './cli.ts';
import type { AuditQuery, CliCommands, ReadRecord } from './commands.ts';
import { DataFolderError } from './data-folder.ts';

async function run(args: readonly string[], commands: Partial<CliCommands> = {}, environment = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  const code = await runCli(args, commands as CliCommands, terminal, environment, '/nowhere');
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const broken = { good: false, report: { problems: [{ line: 5 }] }, lines: ['audit/1.jsonl:5: changed'] };
const record = {
  eventVersion: '1.11',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/ana' },
  eventTime: '2026-11-30T14:00:00Z',
  eventName: 'PutUserPolicy',
  sourceIPAddress: '192.0.2.7',
  errorCode: 'MalformedPolicyDocument',
  errorMessage: 'a\n2026-11-30T14:00:01Z  DeleteUser',
  requestParameters: { policyDocument: '{"a":1}' },
  responseElements: null,
  requestID: 'r-1',
};
const findings = [
  { check: 'clock', ok: true, detail: 'now' },
  { check: 'TLS', ok: false, detail: 'expired', remedy: 'Renew it.' },
];
const recordsOf = (...read: readonly ReadRecord[]): CliCommands['readAudit'] =>
  async function* records() {
    yield* read;
  };
const fail = (error: Error) => () => Promise.reject(error);

test('exit codes tell apart what was found, usage, configuration, data folder and failure', async () => {
  const cases = [
    [['audit', 'verify'], { verifyAudit: async () => ({ ...broken, good: true }) }, 0],
    [['audit', 'verify'], { verifyAudit: async () => broken }, 1],
    [['audit', 'read'], { readAudit: recordsOf({ record }) }, 0],
    [['audit', 'read'], { readAudit: recordsOf({ record, problem: 'audit-1.jsonl:5: policy does not open' }) }, 1],
    [['audit', 'read', '--since', 'yesterday'], {}, 2],
    [['audit', 'read', '--until', '2026-13-30T14:00:00Z'], {}, 2],
    [['doctor'], { doctor: async () => findings }, 1],
    [['doctor'], { doctor: async () => findings.slice(0, 1) }, 0],
    [['account', 'list'], { listAccounts: fail(new DataFolderError('There is no site.')) }, 4],
    [['account', 'list'], { listAccounts: fail(new Error('the disk is gone')) }, 1],
    [['account', 'list', '--config', 'none.yaml'], {}, 3],
    [['account', 'list', '--nonsense'], {}, 2],
    [['account', 'delete'], {}, 2],
    [['account'], {}, 2],
    [[], {}, 2],
    [['--help'], {}, 0],
    [['account', 'create', '--help'], {}, 0],
  ] as const;
  for (const [args, commands, code] of cases) assert.equal((await run(args, commands)).code, code, args.join(' '));
});

test('findings go to the one output, refusals to the other', async () => {
  const found = await run(['doctor'], { doctor: async () => findings });
  assert.equal(found.out, 'ok     clock: now\nFAILED TLS: expired\n       Renew it.');
  assert.equal(found.err, '');
  const refused = await run(['config', '--listen', 'nowhere']);
  assert.equal(refused.out, '');
  assert.match(refused.err, /^--listen: listen must be HOST:PORT, such as 127\.0\.0\.1:5000, not "nowhere"$/);
});

test('audit read says what to look for, and prints a record in lines that no caller can forge', async () => {
  const asked: AuditQuery[] = [];
  const commands: Partial<CliCommands> = {
    readAudit: (_config, query) => {
      asked.push(query);
      return recordsOf({ record }, { problem: 'audit-1.jsonl:9: this line is no record' })(_config, query);
    },
  };
  const { out, err } = await run(['audit', 'read'], commands);
  assert.deepEqual(out.split('\n'), [
    '2026-11-30T14:00:00Z  PutUserPolicy  arn:aws:iam::111122223333:user/ana  192.0.2.7  r-1',
    '    MalformedPolicyDocument: a\\n2026-11-30T14:00:01Z  DeleteUser',
    '    requestParameters {"policyDocument":"{\\"a\\":1}"}',
  ]);
  assert.equal(err, 'audit-1.jsonl:9: this line is no record');
  const since = ['--since', '10m', '--until', '2026-11-30T14:00:00+01:00'];
  const json = await run(['audit', 'read', ...since, '--event', 'PutImage', 'PutUserPolicy', '--json'], commands);
  assert.deepEqual(JSON.parse(json.out), record);
  await run(['audit', 'read', '--request-id', 'r-1'], commands);
  const until = { atMs: Date.UTC(2026, 10, 30, 13) };
  assert.deepEqual(asked.slice(1), [
    { since: { agoMs: 600_000 }, until, events: ['PutImage', 'PutUserPolicy'], requestId: undefined },
    { since: undefined, until: undefined, events: [], requestId: 'r-1' },
  ]);
});

test('audit read puts no line breaks or signs of a terminal into what it prints, wherever they come from', async () => {
  // A header holds bytes up to 255, and JSON leaves most of these as they are.
  const signs = ['\n', '\u001b[2J', '\u007f', '\u009b2J', '\u2028', '\u202e'];
  for (const sign of signs) {
    const text = `List${sign}2026-11-30T14:00:01Z  DeleteUser`;
    const forged = { ...record, eventName: text, errorMessage: text, requestParameters: { name: text } };
    for (const args of [[], ['--json']]) {
      const { out } = await run(['audit', 'read', ...args], { readAudit: recordsOf({ record: forged }) });
      assert.ok(!out.replaceAll('\n    ', '').includes(sign), `${JSON.stringify(sign)} ${args.join()}`);
      if (args.length > 0) assert.deepEqual(JSON.parse(out), forged);
    }
  }
});

test('every command that prints has --json, and it is JSON', async () => {
  const commands: Partial<CliCommands> = {
    doctor: async () => findings,
    verifyAudit: async () => broken,
    listAccounts: async () => [
      { accountId: '111111111111', name: 'home', createdAt: '2026-11-24T18:00:00.000Z', state: 'open' },
    ],
    createAccount: async (_config, name) => ({ accountId: '1', profile: name, userName: 'u', accessKeyId: 'k' }),
  };
  const parse = async (...args: string[]) => JSON.parse((await run([...args, '--json'], commands)).out) as unknown;
  assert.deepEqual(await parse('doctor'), findings);
  assert.deepEqual(await parse('audit', 'verify'), broken.report);
  assert.deepEqual(await parse('account', 'create', '--name', 'other'), {
    accountId: '1',
    profile: 'other',
    userName: 'u',
    accessKeyId: 'k',
  });
  assert.equal(((await parse('account', 'list')) as unknown[]).length, 1);
  const rows = (await parse('config')) as Array<{ key: string; value: unknown; from: string }>;
  assert.deepEqual(rows[0], { key: 'data', value: '/nowhere/data', from: 'default' });
  assert.deepEqual(
    rows.find(({ key }) => key === 'publicUrl'),
    { key: 'publicUrl', value: null, from: 'default' },
  );
});

test('policy lint needs no server: lines with places, and exit code 1 for errors alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-lint-'));
  const file = join(folder, 'policy.json');
  const lint = async (statement: object, ...args: readonly string[]) => {
    await writeFile(file, JSON.stringify({ Statement: statement }));
    return run(['policy', 'lint', file, ...args]);
  };
  try {
    const good = { Effect: 'Allow', Action: 'ecr:BatchGetImage', Resource: '*' };
    const unwise = await lint(good);
    assert.equal(unwise.code, 0);
    assert.match(unwise.out, /policy\.json:1:1: WARNING MISSING_VERSION: /);
    const bad = await lint({ ...good, Action: 'ecr:BatchGetImages' }, '--json');
    assert.equal(bad.code, 1);
    const findings = JSON.parse(bad.out) as ReadonlyArray<{ readonly issueCode: string }>;
    assert.ok(findings.some(({ issueCode }) => issueCode === 'INVALID_ACTION'));
    assert.equal((await lint(good, '--type', 'trust')).code, 1);
    assert.equal((await lint(good, '--type', 'other')).code, 2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('config shows lines that can be pasted into the file, each with its origin', async () => {
  const { out } = await run(['config'], {}, { SALLYPORT_LISTEN: '127.0.0.1:5001' });
  assert.match(out, /^listen: "127\.0\.0\.1:5001" {2}# SALLYPORT_LISTEN$/m);
  assert.match(out, /^regions: \["us-east-1"\] {2}# default$/m);
});
