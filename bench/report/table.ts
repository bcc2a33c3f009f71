// The result as a table for people: a block a case, a line a subject.

import type { Row, Section } from './result.ts';

const columns: ReadonlyArray<readonly [title: string, width: number]> = [
  ['', 20],
  ['CPU ms', 9],
  ['(min–max)', 17],
  ['ratio', 7],
  ['wall ms', 9],
  ['per s', 9],
  ['p50 ms', 8],
  ['p99 ms', 8],
  ['loop p99', 9],
  ['RSS MiB', 8],
  ['written', 9],
  ['load ms', 9],
];

export function headLines(title: string, ratio: Section['ratio']): readonly string[] {
  const head = columns.map(([name, width], index) => (index === 0 ? name.padEnd(width) : name.padStart(width)));
  return ['', `== ${title} (ratio: ${ratio})`, head.join(' ')];
}

export function groupLines(rows: readonly Row[]): readonly string[] {
  const [first] = rows;
  if (first === undefined) return [];
  return [`${first.case}, per ${first.unit}`, ...rows.map(line)];
}

function line({ subject, median, cpuMsMin, cpuMsMax, ratio }: Row): string {
  const cells = [
    `  ${subject}`,
    short(median.cpuMs),
    `(${short(cpuMsMin)}–${short(cpuMsMax)})`,
    Number.isNaN(ratio) ? '' : Number.isFinite(ratio) ? ratio.toFixed(2) : '-',
    short(median.wallMs),
    short(median.unitsPerSecond),
    short(median.p50Ms),
    short(median.p99Ms),
    Number.isNaN(median.loopP99Ms) ? '' : `≤${short(median.loopP99Ms)}`,
    (median.peakRssBytes / 1024 ** 2).toFixed(0),
    bytes(median.writtenBytes),
    short(median.loadCpuMs),
  ];
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(columns[0]?.[1] ?? 0) : cell.padStart(columns[index]?.[1] ?? 0)))
    .join(' ');
}

/** Three digits that count. */
export function short(number: number): string {
  if (Number.isNaN(number)) return '-';
  if (number >= 100 || number === 0) return number.toFixed(0);
  return number.toFixed(number >= 10 ? 1 : number >= 1 ? 2 : number >= 0.1 ? 3 : 4);
}

function bytes(count: number): string {
  if (count >= 1024 ** 3) return `${short(count / 1024 ** 3)} GiB`;
  if (count >= 1024 ** 2) return `${short(count / 1024 ** 2)} MiB`;
  return count >= 1024 ? `${short(count / 1024)} KiB` : count.toFixed(0);
}
