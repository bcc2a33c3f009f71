// sallyport serve: runs a site until it is told to stop.

import { Command } from 'commander';
import { type CliContext, type ConfigFlags, withConfigFlags } from './context.ts';

export function serveCommand({ commands, terminal, load }: CliContext): Command {
  return withConfigFlags(new Command('serve'))
    .description('run the registry')
    .option('--listen <host:port>', 'the address to listen on (SALLYPORT_LISTEN)')
    .option('--workers <count>', 'how many processes serve requests (SALLYPORT_WORKERS)')
    .action(async (flags: ConfigFlags) => {
      const { config } = load(flags);
      const ending = new AbortController();
      const stopped = untilSignal().then((signal) => {
        ending.abort();
        return signal;
      });
      const server = await commands.serve(config, (line) => terminal.err(line), ending.signal);
      // In one piece: who waits for the ready line has the commands as well.
      terminal.out(server.lines.join('\n'));
      void server.opened?.then((lines) => terminal.out(lines.join('\n')));
      terminal.out(`Stopping (${await stopped}): running requests may finish.`);
      await server.close();
    });
}

/** How long further signals count as the same one: a terminal tells everybody, and the launcher passes it on again. */
const sameSignalMs = 1000;

/** Resolves with the name of the first signal that asks for the end; a later one ends at once. */
function untilSignal(): Promise<string> {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
  return new Promise((resolve) => {
    let isAsked = false;
    const ask = (signal: string) => {
      if (isAsked) return;
      isAsked = true;
      resolve(signal);
      const endNext = () => signals.forEach((one) => void process.off(one, ask));
      setTimeout(endNext, sameSignalMs).unref();
    };
    for (const signal of signals) process.on(signal, ask);
  });
}
