// Prints the reference of limits from the sources of core/limits.ts: name, value and reason stand together there.

import { limits } from '../../src/core/limits.ts';

const values: Readonly<Record<string, number>> = limits;

/** `source` is their text; a limit without a comment of its own shares the one above it. */
export function limitsReference(source: string): string {
  const lines = [
    '# Limits',
    '',
    'Printed from `src/core/limits.ts` and `src/core/identity-limits.ts` by `npm run docs`.',
    '',
    '| limit | value | reason |',
    '| --- | --- | --- |',
  ];
  let reason = '';
  for (const line of source.split('\n')) {
    const comment = /^ {2}\/\*\* (.*) \*\/$/.exec(line)?.[1];
    if (comment !== undefined) reason = comment;
    const name = /^ {2}([a-zA-Z]+):/.exec(line)?.[1];
    if (name === undefined) continue;
    lines.push(`| \`${name}\` | ${shown(name, values[name] ?? 0)} | ${reason} |`);
    reason = '';
  }
  return `${lines.join('\n')}\n`;
}

function shown(name: string, value: number): string {
  if (name.includes('Bytes')) return `${value} (${inBytes(value)})`;
  if (/Ms(Max|Min)?$/.test(name)) return `${value} (${value / 1000} s)`;
  return String(value);
}

function inBytes(value: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && rest % 1024 === 0 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${rest} ${units[unit]}`;
}
