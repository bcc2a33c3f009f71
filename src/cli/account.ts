// sallyport account create, list: the accounts of the site. Works beside a running server.

import { Command } from 'commander';
import { type CliContext, type ConfigFlags, withConfigFlags } from './context.ts';

interface Flags extends ConfigFlags {
  readonly name: string;
  readonly json?: boolean;
}

export function accountCommand(context: CliContext): Command {
  return new Command('account')
    .description('make and list accounts')
    .addCommand(create(context))
    .addCommand(list(context));
}

function create({ commands, terminal, load }: CliContext): Command {
  return withConfigFlags(new Command('create'))
    .description('make an account with an administrator; its key goes to DATA/aws/credentials')
    .option('--name <name>', 'what to call the account', 'account')
    .option('--json', 'as JSON')
    .action(async (flags: Flags) => {
      const account = await commands.createAccount(load(flags).config, flags.name);
      if (flags.json === true) return terminal.out(JSON.stringify(account));
      terminal.out(`Account ${account.accountId}: use AWS_PROFILE=${account.profile} (${account.userName}).`);
    });
}

function list({ commands, terminal, load }: CliContext): Command {
  return withConfigFlags(new Command('list'))
    .description('list the accounts, the home account first')
    .option('--json', 'as JSON')
    .action(async (flags: Flags) => {
      const accounts = await commands.listAccounts(load(flags).config);
      if (flags.json === true) return terminal.out(JSON.stringify(accounts, null, 2));
      for (const { accountId, name, createdAt } of accounts) terminal.out(`${accountId}  ${createdAt}  ${name}`);
    });
}
