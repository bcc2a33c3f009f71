// sallyport doctor: looks at the data folder and its content, keys, clock, ports, space and TLS; says what to do.

import { Command } from 'commander';
import { type CliContext, type ConfigFlags, exitCodes, withConfigFlags } from './context.ts';

export function doctorCommand({ commands, terminal, load, exitWith }: CliContext): Command {
  return withConfigFlags(new Command('doctor'))
    .description('check the data folder and all that is in it, keys, clock, ports, free space and TLS')
    .option('--listen <host:port>', 'the address to listen on (SALLYPORT_LISTEN)')
    .option('--quick', 'of layers only that they are there, in their size: reads none of their bytes')
    .option('--json', 'as JSON')
    .action(async (flags: ConfigFlags & { readonly json?: boolean; readonly quick?: boolean }) => {
      const findings = await commands.doctor(load(flags).config, { readsBytes: flags.quick !== true });
      if (findings.some((finding) => !finding.ok)) exitWith(exitCodes.failed);
      if (flags.json === true) return terminal.out(JSON.stringify(findings, null, 2));
      for (const { check, ok, detail, remedy } of findings) {
        terminal.out(`${ok ? 'ok    ' : 'FAILED'} ${check}: ${detail}`);
        if (remedy !== undefined) terminal.out(`       ${remedy}`);
      }
    });
}
