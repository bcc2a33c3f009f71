// `npm run test:faults`: kills the server hundreds of times under load and shows that nothing acknowledged was lost;
// one life in four has two workers, with `--workers N` each life has N. With `--keys N` the load is on KMS keys, with
// `--power-cuts N` the power is cut instead, with `--root-rotations N` a process that replaces the root key is killed.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments, wholeNumber } from '../support/command-line.ts';
import { runCommand } from '../support/run-command.ts';
import { checkoutFolder } from '../support/server-process.ts';
import { runKeyMachine } from './keys/key-machine.ts';
import { runMachine } from './machine.ts';
import { runPowerCuts } from './power-cuts.ts';
import { runRootRotations } from './root-rotations.ts';

const usage = `
npm run test:faults [-- OPTIONS]

  --kills N           kills the server so often under load; 500 when left out
  --short             20 kills
  --keys N            the same so often, under clients that make, change, use and delete KMS keys while days pass
  --workers N         each life has N workers, none with 1; one life in four has two when left out
  --root-rotations N  kills a process so often while it replaces the root key
  --power-cuts N      cuts the power instead, so often for the file store, the encrypted store and the audit log
  --seed N            the same choices again

docs/design/faults.md says what is checked.`;

const { values } = readArguments(usage, {
  options: {
    seed: { type: 'string' },
    kills: { type: 'string' },
    keys: { type: 'string' },
    workers: { type: 'string' },
    'power-cuts': { type: 'string' },
    'root-rotations': { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const seed = wholeNumber('seed', values.seed, Math.floor(Math.random() * 2 ** 32), 0);
const kills = wholeNumber(
  values.keys === undefined ? 'kills' : 'keys',
  values.keys ?? values.kills,
  values.short ? 20 : 500,
);
const workers = values.workers === undefined ? undefined : wholeNumber('workers', values.workers, 1);
const cuts = wholeNumber('power-cuts', values['power-cuts'], 1);
const rotations = wholeNumber('root-rotations', values['root-rotations'], 50);
const progress = (line: string) => console.log(line);

if (values['root-rotations'] !== undefined) await rotate();
else await (values['power-cuts'] === undefined ? kill() : cut());

async function kill(): Promise<void> {
  console.log(
    `seed ${seed}: the same choices again with --seed ${seed} (when the kills fall within them is not the same)`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-faults-'));
  const dataFolder = join(folder, 'data');
  const startedAtMs = Date.now();
  try {
    const run = values.keys === undefined ? runMachine : runKeyMachine;
    const report = await run({ seed, kills, workers, dataFolder, progress });
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

async function rotate(): Promise<void> {
  console.log(`seed ${seed}`);
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-rotations-'));
  const startedAtMs = Date.now();
  try {
    const options = { seed, kills: rotations, domains: 1000, dataFolder: join(folder, 'data'), progress };
    console.table({ seed, ...(await runRootRotations(options)), seconds: secondsSince(startedAtMs) });
    await rm(folder, { recursive: true });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error(`LOST (seed ${seed}): the data folder is kept in ${folder}`);
    process.exitCode = 1;
  }
}

function secondsSince(startedAtMs: number): number {
  return Math.round((Date.now() - startedAtMs) / 1000);
}
