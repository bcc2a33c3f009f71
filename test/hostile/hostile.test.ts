// The short form of the table of hostile input; `npm run test:hostile` runs all of it.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { allCases } from './all-cases.ts';
import { leakedSecrets, residentMib } from './leaks.ts';
import { type Report, runCases } from './run-cases.ts';
import { scenarios } from './scenarios.ts';
import { shortForm } from './short-form.ts';
import { hostileSettings, openStage, type Stage } from './stage.ts';

suite('hostile input', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage(hostileSettings);
  });
  after(() => stage.dispose());

  test('is refused in the right shape, in time, and changes nothing', async (context) => {
    const report: Report = await runCases(stage, shortForm(allCases));
    assert.deepEqual(report.failures, []);
    for (const [door, count] of report.cases) context.diagnostic(`${door}: ${count} cases`);
    assert.ok([...report.cases.values()].reduce((sum, count) => sum + count, 0) > 400);
  });

  for (const scenario of scenarios.filter(({ isLong }) => isLong !== true)) {
    test(scenario.name, async () => assert.deepEqual(await scenario.run(stage), []));
  }

  test('leaves no secret in the log or the audit', () => {
    assert.deepEqual(leakedSecrets(stage), []);
  });

  test('does not make the server grow', async () => {
    const again = shortForm(allCases).filter(({ door }) => door !== 'socket');
    const sample = again.filter((_case, index) => index % 5 === 0);
    await runCases(stage, sample);
    const beforeMib = await residentMib(stage);
    await runCases(stage, sample);
    const grownMib = (await residentMib(stage)) - beforeMib;
    assert.ok(grownMib < 48, `it grew by ${Math.round(grownMib)} MiB`);
  });
});
