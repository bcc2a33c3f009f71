// sallyport audit verify: says whether the record of what happened was changed, shortened or reordered.

import { Command } from 'commander';
import { type CliContext, type ConfigFlags, exitCodes, withConfigFlags } from './context.ts';

export function auditCommand({ commands, terminal, load, exitWith }: CliContext): Command {
  const verify = withConfigFlags(new Command('verify'))
    .description('check the chain of the audit log; exit code 1 when anything is amiss')
    .option('--json', 'as JSON')
    .action(async (flags: ConfigFlags & { readonly json?: boolean }) => {
      const verdict = await commands.verifyAudit(load(flags).config);
      if (!verdict.good) exitWith(exitCodes.failed);
      if (flags.json === true) return terminal.out(JSON.stringify(verdict.report, null, 2));
      for (const line of verdict.lines) terminal.out(line);
    });
  return new Command('audit').description('the audit log').addCommand(verify);
}
