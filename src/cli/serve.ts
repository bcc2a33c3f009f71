// sallyport serve: runs a site until it is told to stop.

import { Command } from 'commander';
import { type CliContext, type ConfigFlags, withConfigFlags } from './context.ts';

export function serveCommand({ commands, terminal, load }: CliContext): Command {
  return withConfigFlags(new Command('serve'))
    .description('run the registry')
    .option('--listen <host:port>', 'the address to listen on (SALLYPORT_LISTEN)')
    .action(async (flags: ConfigFlags) => {
      const { config } = load(flags);
      const stopped = untilSignal();
      const server = await commands.serve(config, (line) => terminal.err(line));
      // In one piece: who waits for the ready line has the commands as well.
      terminal.out(server.lines.join('\n'));
      terminal.out(`Stopping (${await stopped}): running requests may finish.`);
      await server.close();
    });
}

/** Resolves with the name of the first signal that asks for the end; a second one ends at once. */
function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
  });
}
