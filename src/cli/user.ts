// sallyport user recover: a new administrator for whoever has the host, when nobody can get in any more.

import { Command } from 'commander';
import { type CliContext, type ConfigFlags, withConfigFlags } from './context.ts';

interface Flags extends ConfigFlags {
  readonly account?: string;
  readonly json?: boolean;
}

export function userCommand({ commands, terminal, load }: CliContext): Command {
  const recover = withConfigFlags(new Command('recover'))
    .description(
      'break glass: make a new administrator of an account, on the host and beside a running server; its key goes to ' +
        'DATA/aws/credentials, and the audit log tells of it',
    )
    .option('--account <id>', 'of which account; the home account when left out')
    .option('--json', 'as JSON')
    .action(async (flags: Flags) => {
      const made = await commands.recoverAdministrator(load(flags).config, flags.account);
      terminal.err(
        `RECOVERY: ${made.userName} of account ${made.accountId} is an administrator; see ${made.auditFolder}.`,
      );
      if (flags.json === true) return terminal.out(JSON.stringify(made));
      terminal.out(`Use AWS_PROFILE=${made.profile} (${made.accessKeyId}). Delete the user when you are done.`);
    });
  return new Command('user').description('users, from the host').addCommand(recover);
}
