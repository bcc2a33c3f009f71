// sallyport verify: reads every byte that the site keeps and names what is damaged. Beside a running server too.

import { Command } from 'commander';
import type { Damage, FindingsReport } from '#core/findings.ts';
import { type CliContext, type ConfigFlags, exitCodes, withConfigFlags } from './context.ts';

interface Flags extends ConfigFlags {
  readonly json?: boolean;
  readonly quick?: boolean;
}

export function verifyCommand({ commands, terminal, load, exitWith }: CliContext): Command {
  return withConfigFlags(new Command('verify'))
    .description('check every layer, manifest, row, key and audit record; exit code 1 when anything is damaged')
    .option('--quick', 'of layers only that they are there, in their size: reads none of their bytes')
    .option('--json', 'as JSON')
    .action(async (flags: Flags) => {
      const report = await commands.verify(load(flags).config, { readsBytes: flags.quick !== true });
      if (!report.good) exitWith(exitCodes.failed);
      if (flags.json === true) return terminal.out(JSON.stringify(report, null, 2));
      for (const line of linesOf(report)) terminal.out(line);
    });
}

function linesOf(report: FindingsReport): readonly string[] {
  const { damage, damageOmitted, notes, notesOmitted, counts, good } = report;
  const counted = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  return [
    ...damage.flatMap(damageLines),
    ...(damageOmitted > 0 ? [`DAMAGED and ${damageOmitted} more`] : []),
    ...notes.map((note) => `note    ${note}`),
    ...(notesOmitted > 0 ? [`note    and ${notesOmitted} more`] : []),
    `looked at ${counted.join(', ')}`,
    good ? 'Nothing is damaged.' : `${damage.length + damageOmitted} things are damaged.`,
  ];
}

export function damageLines({ subject, what, remedy, images = [] }: Damage): readonly string[] {
  const named = images.map(({ registry, repository, digest, tags }) => {
    return `        ${registry} ${repository}@${digest}${tags.length > 0 ? ` tagged ${tags.join(', ')}` : ''}`;
  });
  return [`DAMAGED ${subject}: ${what}`, ...named, `        ${remedy}`];
}
