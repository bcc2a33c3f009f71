// sallyport account create, list, close, reopen: the accounts of the site. Works beside a running server.

import { Command } from 'commander';
import type { AccountLine, ChangedAccountLine, CliCommands } from './commands.ts';
import { type CliContext, type ConfigFlags, withConfigFlags } from './context.ts';

interface Flags extends ConfigFlags {
  readonly json?: boolean;
}

export function accountCommand(context: CliContext): Command {
  const { commands } = context;
  return new Command('account')
    .description('make, list, close and reopen accounts')
    .addCommand(create(context))
    .addCommand(list(context))
    .addCommand(
      change(context, 'close', commands.closeAccount, closedText).description(
        'refuse all callers of an account at once; what it has is kept for 90 days and then removed',
      ),
    )
    .addCommand(
      change(context, 'reopen', commands.reopenAccount, reopenedText).description(
        'open an account again within 90 days, with all that it had; sessions from before stay ended',
      ),
    );
}

function create({ commands, terminal, load }: CliContext): Command {
  return withConfigFlags(new Command('create'))
    .description('make an account with an administrator; its key goes to DATA/aws/credentials')
    .option('--name <name>', 'what to call the account', 'account')
    .option('--json', 'as JSON')
    .action(async (flags: Flags & { readonly name: string }) => {
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
      for (const account of accounts) {
        terminal.out(`${account.accountId}  ${account.createdAt}  ${account.name}${stateText(account)}`);
      }
    });
}

function change(
  { terminal, load }: CliContext,
  name: string,
  run: CliCommands['closeAccount'],
  text: (account: ChangedAccountLine) => string,
): Command {
  return withConfigFlags(new Command(name))
    .argument('<id>', 'the account')
    .option('--json', 'as JSON')
    .action(async (accountId: string, flags: Flags) => {
      const account = await run(load(flags).config, accountId);
      terminal.out(flags.json === true ? JSON.stringify(account) : text(account));
    });
}

function stateText({ state, keptUntil = '' }: AccountLine): string {
  if (state === 'open') return '';
  return state === 'closed' ? `  (closed, kept until ${keptUntil})` : '  (removed)';
}

function closedText({ accountId, isChanged, closedAt = '', keptUntil = '' }: ChangedAccountLine): string {
  const what = isChanged ? 'is closed: its callers are refused from now on.' : `was closed already, at ${closedAt}.`;
  return `Account ${accountId} ${what} What it has is kept until ${keptUntil}.`;
}

function reopenedText({ accountId, isChanged }: ChangedAccountLine): string {
  if (!isChanged) return `Account ${accountId} is open already.`;
  return `Account ${accountId} is open again: its access keys count, sessions from before it was closed do not.`;
}
