// `npm run bench`: server CPU per request and per GiB, Sallyport with every protection on beside a peer with none.

import { parseArgs } from 'node:util';
import { installTools } from '../test/clients/tools.ts';
import { type Case, cases } from './cases.ts';
import { startDistribution, startSallyport, type Target } from './targets.ts';

const { values } = parseArgs({ options: { short: { type: 'boolean' }, json: { type: 'boolean' } } });
const rounds = values.short === true ? 3 : 7;

interface Row {
  readonly name: string;
  readonly unit: string;
  /** Median server CPU in milliseconds per unit, by target name. */
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly wallMs: Readonly<Record<string, number>>;
}

const tools = await installTools(['docker-registry'], (line) => console.log(`# ${line}`));
const targets: Target[] = [await startSallyport()];
const peer = tools.find('docker-registry');
if (peer === undefined) console.log(`# no peer: docker-registry is missing, ${tools.missing.get('docker-registry')}`);
else targets.push(await startDistribution(peer));

const rows: Row[] = [];
try {
  for (const one of cases(values.short === true)) rows.push(await measure(one));
} finally {
  for (const target of targets) await target.stop();
}
if (values.json === true) console.log(JSON.stringify({ rounds, rows }, null, 2));
else printTable(rows);

async function measure(one: Case): Promise<Row> {
  const samples = new Map(targets.map((target) => [target.name, [] as Array<{ cpuMs: number; wallMs: number }>]));
  for (const target of targets) await one.prepare(target);
  for (let round = 0; round < rounds; round += 1) {
    for (const target of targets) samples.get(target.name)?.push(await sample(one, target));
  }
  const median = (key: 'cpuMs' | 'wallMs') =>
    Object.fromEntries([...samples].map(([name, taken]) => [name, middle(taken.map((each) => each[key]))]));
  return { name: one.name, unit: one.unit, cpuMs: median('cpuMs'), wallMs: median('wallMs') };
}

async function sample(one: Case, target: Target) {
  const cpuBefore = await target.cpuMs();
  const began = performance.now();
  const units = await one.run(target);
  const wallMs = (performance.now() - began) / units;
  return { cpuMs: ((await target.cpuMs()) - cpuBefore) / units, wallMs };
}

function middle(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function printTable(table: readonly Row[]): void {
  console.log(`\nserver CPU, median of ${rounds} rounds; wall time in brackets\n`);
  const [own, other] = targets.map(({ name }) => name);
  const columns = [
    'case'.padEnd(28),
    'unit'.padEnd(9),
    String(own).padStart(24),
    String(other ?? 'no peer').padStart(24),
  ];
  console.log(`${columns.join(' ')}   ratio`);
  for (const { name, unit, cpuMs, wallMs } of table) {
    const cell = (target: string | undefined) => {
      if (target === undefined) return '-'.padStart(24);
      return `${format(cpuMs[target])} ms (${format(wallMs[target])})`.padStart(24);
    };
    const ratio =
      other === undefined ? '-' : ((cpuMs[own ?? ''] ?? Number.NaN) / (cpuMs[other] ?? Number.NaN)).toFixed(2);
    console.log(`${name.padEnd(28)} ${unit.padEnd(9)} ${cell(own)} ${cell(other)}   ${ratio}`);
  }
}

function format(ms: number | undefined): string {
  if (ms === undefined) return '-';
  return ms < 10 ? ms.toFixed(3) : ms.toFixed(0);
}
