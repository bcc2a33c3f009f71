// sallyport key quarantine, release: what to do with an access key that has leaked. Asks the running server.

import { Command } from 'commander';
import { type CliContext, type ClientFlags, withClientFlags } from './context.ts';

export function keyCommand({ call, terminal }: CliContext): Command {
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
  return new Command('key').description('leaked access keys').addCommand(quarantine).addCommand(release);
}
