// sallyport rootkey init, rotate, status, backup: what everything secret of a site hangs on, and who keeps it.

import { Command, InvalidArgumentError, Option } from 'commander';
import type { KeepRoot, PreparedRoot } from './commands.ts';
import { type CliContext, type ConfigFlags, withConfigFlags } from './context.ts';

interface KeepFlags extends ConfigFlags {
  readonly provider: KeepRoot['provider'];
  readonly shares?: number;
  readonly threshold?: number;
  readonly yes?: boolean;
}

export function rootKeyCommand(context: CliContext): Command {
  return new Command('rootkey')
    .description('the root key, which wraps every other key of the site')
    .addCommand(init(context))
    .addCommand(rotate(context))
    .addCommand(status(context))
    .addCommand(backup(context));
}

export function unsealCommand({ commands, terminal, load }: CliContext): Command {
  return withConfigFlags(new Command('unseal'))
    .description('give the passphrase or a share of the root key to the server that runs on this machine')
    .action(async (flags: ConfigFlags) => {
      const { config } = load(flags);
      const line = await commands.secret('Passphrase or share (it is not shown): ');
      if (line === undefined) throw new InvalidArgumentError('nothing was given: use a terminal, or --secret-fd');
      terminal.out(await commands.unseal(config, line));
    });
}

function withKeepFlags(command: Command, providers: readonly string[]): Command {
  const [first = ''] = providers;
  return withConfigFlags(command)
    .addOption(new Option('--provider <name>', 'who keeps it').choices([...providers]).default(first))
    .option('--shares <count>', 'shamir: how many shares', parseNumber)
    .option('--threshold <count>', 'shamir: how many of them are enough', parseNumber)
    .option('--yes', 'shamir: go on without asking whether every holder has their share');
}

const all = ['file', 'passphrase', 'shamir', 'pkcs11', 'aws-kms'];

function init(context: CliContext): Command {
  return withKeepFlags(new Command('init'), all)
    .description('make the root key of a new site, before its first start')
    .action(async (flags: KeepFlags) => {
      await commit(context, flags, (how) => context.commands.initRootKey(context.load(flags).config, how));
    });
}

function rotate(context: CliContext): Command {
  return withKeepFlags(new Command('rotate'), all)
    .description('replace the root key, beside a running server too; also how another provider takes over')
    .action(async (flags: KeepFlags) => {
      await commit(context, flags, (how) => context.commands.rotateRootKey(context.load(flags).config, how));
    });
}

function backup(context: CliContext): Command {
  return withKeepFlags(new Command('backup'), ['passphrase', 'shamir', 'aws-kms'])
    .description('write the root key down for safe keeping: a file under a passphrase or a KMS key, or shares')
    .option('--out <file>', 'the file, which must not be there yet and is put back as DATA/keys/root.key')
    .action(async (flags: KeepFlags & { readonly out?: string }) => {
      const { out } = flags;
      await commit(context, flags, (how) => context.commands.backupRootKey(context.load(flags).config, how, out));
    });
}

/** Shares are shown first, and counted on only once they are in their holders' hands. */
async function commit(
  { commands, terminal, load }: CliContext,
  flags: KeepFlags,
  prepare: (how: KeepRoot) => Promise<PreparedRoot>,
): Promise<void> {
  // Before anything is asked for: where secrets come from is said by the flags.
  load(flags);
  const prepared = await prepare(await keepOf(commands, flags));
  for (const share of prepared.shares) terminal.out(share);
  if (prepared.shares.length > 0 && flags.yes !== true) {
    const answer = await commands.secret('Does every holder have their share? Nothing else will ever show it. (yes) ');
    if (answer !== 'yes') throw new Error('Nothing was changed.');
  }
  for (const line of await prepared.commit()) terminal.err(line);
}

async function keepOf(commands: CliContext['commands'], flags: KeepFlags): Promise<KeepRoot> {
  const { provider, shares = 3, threshold = 2 } = flags;
  if (provider !== 'passphrase') return { provider, shares, threshold };
  const passphrase = await commands.secret('New passphrase (it is not shown): ');
  if (passphrase === undefined) throw new Error('There is no passphrase: use a terminal, or --secret-fd.');
  const again = await commands.secret('Once more: ');
  if (again !== undefined && again !== passphrase) throw new Error('They differ: nothing was changed.');
  return { provider, shares, threshold, passphrase };
}

function status({ commands, terminal, load }: CliContext): Command {
  return withConfigFlags(new Command('status'))
    .description('who keeps the root key, since when it stands, and what is wrapped under which; asks nobody for it')
    .option('--json', 'as JSON')
    .action(async (flags: ConfigFlags & { readonly json?: boolean }) => {
      const found = await commands.rootKeyStatus(load(flags).config);
      if (flags.json === true) return terminal.out(JSON.stringify(found, null, 2));
      const { id, provider, place, since, nextId, server, wrapped } = found;
      const keeper = place === undefined ? provider : `${provider} (${place})`;
      terminal.out(`root key ${id}, kept by ${keeper}${since === undefined ? '' : `, in use since ${since}`}`);
      if (nextId !== undefined) terminal.out(`being replaced by ${nextId}`);
      terminal.out(`server: ${server}`);
      for (const { what, rootId, count } of wrapped) terminal.out(`${count} ${what} under ${rootId}`);
    });
}

function parseNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number.');
}
