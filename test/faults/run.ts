// `npm run test:faults`: kills the server hundreds of times under load and shows that nothing acknowledged was lost;
// one life in four has two workers, with `--workers N` each life has N.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../support/run-command.ts';
import { checkoutFolder } from '../support/server-process.ts';
import { runMachine } from './machine.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    kills: { type: 'string' },
    workers: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const kills = Number(values.kills ?? (values.short ? 20 : 500));
const workers = values.workers === undefined ? undefined : Number(values.workers);
if (![seed, kills, workers ?? 1].every((number) => Number.isSafeInteger(number)) || kills < 1 || (workers ?? 1) < 1) {
  throw new RangeError('--seed, --kills and --workers are whole numbers');
}

console.log(
  `seed ${seed}: the same choices again with --seed ${seed} (when the kills fall within them is not the same)`,
);
const folder = await mkdtemp(join(tmpdir(), 'sallyport-faults-'));
const dataFolder = join(folder, 'data');
const startedAtMs = Date.now();
try {
  const report = await runMachine({ seed, kills, workers, dataFolder, progress: (line) => console.log(line) });
  const verify = [join(checkoutFolder, 'src/main.ts'), 'audit', 'verify', '--data', dataFolder];
  const { stdout } = await runCommand(process.execPath, verify, { cwd: checkoutFolder });
  console.log(stdout.trim());
  console.table({ seed, ...report, seconds: Math.round((Date.now() - startedAtMs) / 1000) });
  await rm(folder, { recursive: true });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`LOST (seed ${seed}): the data folder is kept in ${folder}`);
  process.exitCode = 1;
}
