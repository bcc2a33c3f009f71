// `bench/compare A.json B.json [--only NAME]`: two results side by side, and how much each case changed.

import { readFile } from 'node:fs/promises';
import { readArguments, refuse } from '../test/support/command-line.ts';
import type { BenchResult, Row } from './report/result.ts';
import { short } from './report/table.ts';

/** Less than this apart is called the same, unless the rounds of the two do not even overlap. */
const noise = 0.05;

const usage = `
bench/compare A.json B.json [--only NAME]

  --only NAME  cases whose name contains it`;

const { values, positionals } = readArguments(usage, {
  allowPositionals: true,
  options: { only: { type: 'string' } },
});
const [fileA, fileB] = positionals;
if (fileA === undefined || fileB === undefined) refuse('Name two files');
const [a, b] = await Promise.all([read(fileA), read(fileB)]);
for (const [letter, { date, commit, form, machine }] of Object.entries({ A: a, B: b })) {
  const seen = `${machine.cpus} × ${machine.cpuModel}, Node ${machine.node}, load ${machine.loadAverage}`;
  console.log(`${letter}: ${date}, commit ${commit}, ${form} form; ${seen}`);
}
const before = rowsOf(a);
console.log(['', 'CPU ms A', 'CPU ms B', 'B/A', 'p99 B/A', 'RSS B/A', 'per s B/A'].map(cell).join(' '));
let heading = '';
for (const [key, row] of rowsOf(b)) {
  const old = before.get(key);
  if (old === undefined || !key.includes(values.only ?? '')) continue;
  if (row.case !== heading) console.log(`${row.case}, per ${row.unit}`);
  heading = row.case;
  console.log(lineOf(old, row));
}

async function read(file: string): Promise<BenchResult> {
  const result = JSON.parse(await readFile(file, 'utf8')) as BenchResult;
  if (result.format === 1) return result;
  throw new Error(`${file} is not a result of this bench`);
}

function rowsOf({ sections }: BenchResult): ReadonlyMap<string, Row> {
  const rows = sections.flatMap(({ title, rows: all }) =>
    all.map((row) => [`${title}/${row.case}/${row.subject}`, row] as const),
  );
  return new Map(rows);
}

function lineOf(old: Row, row: Row): string {
  const quotient = (of: (row: Row) => number) => {
    const value = of(row) / of(old);
    return Number.isFinite(value) ? value.toFixed(2) : '-';
  };
  const cells = [
    `  ${row.subject}`,
    short(old.median.cpuMs),
    short(row.median.cpuMs),
    quotient(({ median }) => median.cpuMs),
    quotient(({ median }) => median.p99Ms),
    quotient(({ median }) => median.peakRssBytes),
    quotient(({ median }) => median.unitsPerSecond),
  ];
  return `${cells.map(cell).join(' ')}  ${verdict(old, row)}`;
}

function cell(text: string, index: number): string {
  return index === 0 ? text.padEnd(24) : text.padStart(10);
}

function verdict(old: Row, row: Row): string {
  const change = row.median.cpuMs / old.median.cpuMs - 1;
  const isApart = row.cpuMsMin > old.cpuMsMax || row.cpuMsMax < old.cpuMsMin;
  if (Number.isNaN(change) || (Math.abs(change) < noise && !isApart)) return '';
  const word = change < 0 ? 'better' : 'worse';
  return isApart ? word : `${word}, within the spread`;
}
