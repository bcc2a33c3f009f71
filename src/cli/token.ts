// sallyport token create, list, revoke: registry tokens that may do less than who makes them. Asks the running server.

import { Command, Option } from 'commander';
import { type CliContext, type ClientFlags, withClientFlags } from './context.ts';
import { parseDuration } from './durations.ts';
import { allPages } from './pages.ts';
import { tableLines, timeCell } from './tables.ts';

type Action = 'pull' | 'push' | 'list' | 'delete';

interface CreateFlags extends ClientFlags {
  readonly repository: readonly string[];
  readonly action: readonly Action[];
  readonly ttl?: number;
  readonly name?: string;
  readonly once?: boolean | number;
  readonly json?: boolean;
}

type ListFlags = ClientFlags & { readonly json?: boolean };

export function tokenCommand(context: CliContext): Command {
  return new Command('token')
    .description('short-lived registry tokens for some repositories and actions')
    .addCommand(create(context))
    .addCommand(list(context))
    .addCommand(revoke(context));
}

function create({ call, terminal }: CliContext): Command {
  const actions = new Option('--action <names...>', 'what it may do; push includes pull');
  return withClientFlags(new Command('create'))
    .description(
      'make a token; it goes to standard output alone, for docker login --password-stdin. ' +
        'Needs sallyport:CreateRegistryToken and ecr:GetAuthorizationToken',
    )
    .requiredOption('--repository <names...>', "the repositories; * and ? are wildcards ('team/*')")
    .addOption(actions.choices(['pull', 'push', 'list', 'delete']).makeOptionMandatory())
    .option(
      '--ttl <time>',
      'how long it lives: 90s, 10m, 12h (15m; never longer than the session of its maker)',
      parseDuration,
    )
    .option('--name <name>', 'what to call it in lists')
    .option('--once [time]', 'good for the first address that uses it, for this long from then on (5m)', parseDuration)
    .option('--json', 'as JSON')
    .action(async (flags: CreateFlags) => {
      const { repository: repositories, action, ttl, name, once } = flags;
      const input = {
        repositories,
        actions: action,
        ...(ttl === undefined ? {} : { lifeSeconds: ttl }),
        ...(name === undefined ? {} : { name }),
        ...(once === undefined ? {} : { once: true }),
        ...(typeof once === 'number' ? { onceSeconds: once } : {}),
      };
      const made = await call('CreateRegistryToken', input, flags);
      if (flags.json === true) return terminal.out(JSON.stringify(made));
      terminal.out(made.token);
      const { host } = new URL(made.proxyEndpoint);
      terminal.err(`${made.tokenId} ends ${timeCell(made.expiresAt)}: docker login -u AWS --password-stdin ${host}`);
    });
}

function list({ call, terminal }: CliContext): Command {
  return withClientFlags(new Command('list'))
    .description('list the tokens that have not expired; needs sallyport:ListRegistryTokens')
    .option('--json', 'as JSON')
    .action(async (flags: ListFlags) => {
      const tokens = await allPages(async (page) => {
        const { tokens: items, nextToken } = await call('ListRegistryTokens', page, flags);
        return { items, nextToken };
      });
      if (flags.json === true) return terminal.out(JSON.stringify(tokens, null, 2));
      const rows = tokens.map((token) => [
        token.tokenId,
        token.name ?? '-',
        token.createdBy,
        `${token.actions.join(',')} ${token.repositories.join(' ')}`,
        timeCell(token.createdAt),
        timeCell(token.expiresAt),
        timeCell(token.lastUsedAt),
        stateOf(token),
      ]);
      const heading = ['ID', 'NAME', 'MAKER', 'SCOPE', 'MADE', 'EXPIRES', 'LAST USED', 'STATE'];
      for (const line of tableLines(heading, rows)) terminal.out(line);
    });
}

function stateOf({ revokedAt, once, boundTo }: { revokedAt?: Date; once: boolean; boundTo?: string }): string {
  if (revokedAt !== undefined) return 'revoked';
  if (!once) return 'good';
  return boundTo === undefined ? 'once, unused' : `once, by ${boundTo}`;
}

function revoke({ call, terminal }: CliContext): Command {
  return withClientFlags(new Command('revoke'))
    .description('end a token now, at every process; needs sallyport:RevokeRegistryToken')
    .argument('<token-id>', 'as token list shows it')
    .action(async (tokenId: string, flags: ClientFlags) => {
      await call('RevokeRegistryToken', { tokenId }, flags);
      terminal.out(`${tokenId} is revoked.`);
    });
}
