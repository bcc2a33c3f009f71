// `npm run test:faults`: kills the server hundreds of times under load and shows that nothing acknowledged was lost;
// one life in four has two workers, with `--workers N` each life has N. With `--power-cuts N` the power is cut instead.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../support/run-command.ts';
import { checkoutFolder } from '../support/server-process.ts';
import { runMachine } from './machine.ts';
import { runPowerCuts } from './power-cuts.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    kills: { type: 'string' },
    workers: { type: 'string' },
    'power-cuts': { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const seed = wholeNumber('seed', Math.floor(Math.random() * 2 ** 32), 0);
const kills = wholeNumber('kills', values.short ? 20 : 500);
const workers = values.workers === undefined ? undefined : wholeNumber('workers', 1);
const cuts = wholeNumber('power-cuts', 1);
const progress = (line: string) => console.log(line);

await (values['power-cuts'] === undefined ? kill() : cut());

async function kill(): Promise<void> {
  console.log(
    `seed ${seed}: the same choices again with --seed ${seed} (when the kills fall within them is not the same)`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-faults-'));
  const dataFolder = join(folder, 'data');
  const startedAtMs = Date.now();
  try {
    const report = await runMachine({ seed, kills, workers, dataFolder, progress });
    const verify = [join(checkoutFolder, 'src/main.ts'), 'audit', 'verify', '--data', dataFolder];
    const { stdout } = await runCommand(process.execPath, verify, { cwd: checkoutFolder });
    console.log(stdout.trim());
    console.table({ seed, ...report, seconds: secondsSince(startedAtMs) });
    await rm(folder, { recursive: true });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error(`LOST (seed ${seed}): the data folder is kept in ${folder}`);
    process.exitCode = 1;
  }
}

async function cut(): Promise<void> {
  console.log(`seed ${seed}: the same plays again with --seed ${seed}`);
  const startedAtMs = Date.now();
  try {
    console.table(await runPowerCuts({ seed, cuts, progress }));
    console.log(`${secondsSince(startedAtMs)} s`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error('LOST: the same play alone with --power-cuts 1 and its seed');
    process.exitCode = 1;
  }
}

function wholeNumber(name: 'seed' | 'kills' | 'workers' | 'power-cuts', fallback: number, least = 1): number {
  const number = Number(values[name] ?? fallback);
  if (!Number.isSafeInteger(number) || number < least)
    throw new RangeError(`--${name} is a whole number from ${least}`);
  return number;
}

function secondsSince(startedAtMs: number): number {
  return Math.round((Date.now() - startedAtMs) / 1000);
}
