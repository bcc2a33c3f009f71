// sallyport config: the effective configuration, and where each value came from.

import { Command } from 'commander';
import { type CliContext, type ConfigFlags, withConfigFlags } from './context.ts';

export function configCommand({ terminal, load }: CliContext): Command {
  return withConfigFlags(new Command('config'))
    .description('print the effective configuration and where each value came from')
    .option('--listen <host:port>', 'the address to listen on (SALLYPORT_LISTEN)')
    .option('--json', 'as JSON')
    .action((flags: ConfigFlags & { readonly json?: boolean }) => {
      const { origins } = load(flags);
      const rows = origins.map(({ setting, value, from }) => ({ key: setting.path, value: value ?? null, from }));
      if (flags.json === true) return terminal.out(JSON.stringify(rows, null, 2));
      for (const { key, value, from } of rows) terminal.out(`${key}: ${JSON.stringify(value)}  # ${from}`);
    });
}
