// sallyport key quarantine, list, release: what to do with an access key that has leaked. Asks the running server.

import { Command } from 'commander';
import { type CliContext, type ClientFlags, withClientFlags } from './context.ts';
import { allPages } from './pages.ts';
import { tableLines, timeCell } from './tables.ts';

export function keyCommand(context: CliContext): Command {
  const { call, terminal } = context;
  const quarantine = withClientFlags(new Command('quarantine'))
    .description('refuse a key from now on, and all that it led to; needs sallyport:QuarantineAccessKey')
    .argument('<access-key-id>', 'AKIA…')
    .option('--reason <text>', 'for the audit and the log')
    .action(async (accessKeyId: string, flags: ClientFlags & { readonly reason?: string }) => {
      const reason = flags.reason === undefined ? {} : { reason: flags.reason };
      await call('QuarantineAccessKey', { accessKeyId, ...reason }, flags);
      terminal.out(`${accessKeyId} is in quarantine: its uses are refused, logged and counted.`);
    });
  const release = withClientFlags(new Command('release'))
    .description('let a key be used again; what it led to before stays ended; needs sallyport:ReleaseAccessKey')
    .argument('<access-key-id>', 'AKIA…')
    .action(async (accessKeyId: string, flags: ClientFlags) => {
      await call('ReleaseAccessKey', { accessKeyId }, flags);
      terminal.out(`${accessKeyId} is released.`);
    });
  return new Command('key')
    .description('leaked access keys')
    .addCommand(quarantine)
    .addCommand(list(context))
    .addCommand(release);
}

function list({ call, terminal }: CliContext): Command {
  return withClientFlags(new Command('list'))
    .description('list the keys in quarantine, and who tried to use them last; needs sallyport:ListQuarantinedKeys')
    .option('--json', 'as JSON')
    .action(async (flags: ClientFlags & { readonly json?: boolean }) => {
      const keys = await allPages(async (page) => {
        const { keys: items, nextToken } = await call('ListQuarantinedKeys', page, flags);
        return { items, nextToken };
      });
      if (flags.json === true) return terminal.out(JSON.stringify(keys, null, 2));
      const rows = keys.map(({ accessKeyId, userName, quarantinedBy, quarantinedAt, reason, lastAttempt }) => [
        ...[accessKeyId, userName ?? '-', quarantinedBy, timeCell(quarantinedAt), timeCell(lastAttempt?.at)],
        ...(lastAttempt === undefined ? ['-', '-'] : [lastAttempt.sourceAddress, lastAttempt.hadSecret ? 'yes' : 'no']),
        reason,
      ]);
      const heading = ['KEY', 'USER', 'QUARANTINED BY', 'SINCE', 'LAST ATTEMPT', 'FROM', 'HAD SECRET', 'REASON'];
      for (const line of tableLines(heading, rows)) terminal.out(line);
    });
}
