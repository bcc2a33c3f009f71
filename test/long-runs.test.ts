// The command lines of the long runs: what they say of themselves, and of what they do not understand.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandResult, runCommand } from './support/run-command.ts';
import { checkoutFolder } from './support/server-process.ts';

const scripts: Readonly<Record<string, string>> = {
  'npm run bench': 'bench/run.ts',
  'npm run test:clients': 'test/clients/run.ts',
  'npm run test:faults': 'test/faults/run.ts',
  'npm run test:hostile': 'test/hostile/run.ts',
};

function run(script: string, code: number, ...args: readonly string[]): Promise<CommandResult> {
  return runCommand(process.execPath, [join(checkoutFolder, script), ...args], { codes: [code] });
}

for (const [command, script] of Object.entries(scripts)) {
  test(`${command} -- --help says how it is used, and does nothing`, async () => {
    const { stdout, stderr } = await run(script, 0, '--help');
    assert.ok(stdout.startsWith(`${command} `), stdout);
    assert.equal(stderr, '');
  });

  test(`${command} refuses an option that it has not, in one line`, async () => {
    const { stdout, stderr } = await run(script, 2, '--shrot');
    assert.equal(stderr, "Unknown option '--shrot'; --help says what there is.\n");
    assert.equal(stdout, '');
  });
}

test('values that are none are refused in one line as well', async () => {
  const refusals: ReadonlyArray<readonly [script: string, args: readonly string[], said: RegExp]> = [
    ['test/faults/run.ts', ['--kills', 'many'], /^--kills is a whole number from 1; /],
    ['test/faults/run.ts', ['--kills'], /^Option '--kills <value>' argument missing; /],
    ['test/hostile/run.ts', ['--door', 'cellar'], /^There is no door cellar: there are .*ecr.*; /],
    ['test/clients/run.ts', ['dockre'], /^There is no client dockre; /],
    ['bench/run.ts', ['short'], /^Unexpected argument 'short'; /],
    ['bench/run.ts', ['--short', '--long'], /^--short and --long exclude each other; /],
  ];
  for (const [script, args, said] of refusals) {
    const { stderr } = await run(script, 2, ...args);
    assert.match(stderr, said);
    assert.equal(stderr.split('\n').length, 2, stderr);
  }
});
