// `npm run test:hostile`: every case against a server process, and the count per door; the long form repeats them and
// runs every fuzzer for a minute.

import { readArguments, refuse, wholeNumber } from '../support/command-line.ts';
import { allCases } from './all-cases.ts';
import { allFuzzers } from './fuzz/all-fuzzers.ts';
import { leakedSecrets, residentMib } from './leaks.ts';
import { runCases } from './run-cases.ts';
import { scenarios } from './scenarios.ts';
import { hostileSettings, openStage } from './stage.ts';

const usage = `
npm run test:hostile [-- OPTIONS]

  --door NAME  only the cases of one door, each once
  --long       every case three times more, and every fuzzer
  --seconds N  so long for each fuzzer of the long form; 60 when left out`;

const { values } = readArguments(usage, {
  options: { door: { type: 'string' }, long: { type: 'boolean' }, seconds: { type: 'string' } },
});
const { long: isLong = false, door: only } = values;
const cases = allCases.filter(({ door }) => only === undefined || door === only);
const seconds = wholeNumber('seconds', values.seconds, 60);
const doors = [...new Set(allCases.map(({ door }) => door))].sort();
if (cases.length === 0) refuse(`There is no door ${only}: there are ${doors.join(', ')}`);
const startedMs = performance.now();
const failures: string[] = [];

const stage = await openStage(hostileSettings);
try {
  const report = await runCases(stage, cases);
  for (const [door, count] of report.cases) console.log(`${door.padEnd(12)} ${count} cases`);
  for (const { door, name, fault } of report.failures) failures.push(`${door} ${name}: ${fault}`);
  if (only === undefined) {
    // The first pass has filled every cache: the second one must find room in what is there.
    const passes = isLong ? 3 : 1;
    const beforeMib = await residentMib(stage);
    for (let pass = 0; pass < passes; pass += 1) {
      const again = await runCases(
        stage,
        cases.filter(({ door }) => door !== 'socket'),
      );
      for (const { door, name, fault } of again.failures) failures.push(`${door} ${name}, again: ${fault}`);
    }
    const grownMib = (await residentMib(stage)) - beforeMib;
    console.log(`memory grew by ${grownMib.toFixed(1)} MiB in ${passes} more pass${passes === 1 ? '' : 'es'}`);
    if (grownMib > 64) failures.push(`memory grew by ${Math.round(grownMib)} MiB`);
    for (const scenario of scenarios.filter(({ isLong: long }) => isLong || long !== true)) {
      const faults = await scenario.run(stage);
      console.log(`${faults.length === 0 ? 'ok' : 'FAILED'} ${scenario.name}`);
      failures.push(...faults.map((fault) => `${scenario.name}: ${fault}`));
    }
  }
  failures.push(...leakedSecrets(stage));
} finally {
  await stage.dispose();
}
if (isLong && only === undefined) {
  for (const fuzzer of allFuzzers) {
    const { runs, failure } = await fuzzer.run(seconds * 1000);
    console.log(`${failure === undefined ? 'ok' : 'FAILED'} fuzz ${fuzzer.name}: ${runs} runs in ${seconds} s`);
    if (failure !== undefined) failures.push(`fuzz ${fuzzer.name}: ${failure}`);
  }
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(
  `${cases.length} cases, failures ${failures.length} (${Math.round((performance.now() - startedMs) / 1000)} s)`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
