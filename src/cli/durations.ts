// Times as people write them on a command line: `90s`, `10m`, `12h`, `7d`, or a number of seconds.

import { InvalidArgumentError } from 'commander';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Whole seconds; for commander, which tells the user what was wrong. */
export function parseDuration(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('write 90s, 10m, 12h or 7d.');
  return Number(count) * (unitSeconds[unit] ?? 1);
}
