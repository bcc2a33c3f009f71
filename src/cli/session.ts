// sallyport session list, revoke: sessions and registry tokens that were issued, and their end. Asks the server.

import { Command, InvalidArgumentError } from 'commander';
import { type CliContext, type ClientFlags, withClientFlags } from './context.ts';
import { allPages } from './pages.ts';
import { tableLines, timeCell } from './tables.ts';

interface SelectorFlags extends ClientFlags {
  readonly principal?: string;
  readonly key?: string;
  readonly session?: string;
  readonly source?: string;
  readonly before?: Date;
  readonly all?: boolean;
}

export function sessionCommand(context: CliContext): Command {
  return new Command('session')
    .description('sessions and registry tokens that were issued')
    .addCommand(list(context))
    .addCommand(revoke(context));
}

function withSelector(command: Command): Command {
  return withClientFlags(command)
    .option('--principal <arn-or-id>', 'of a user, role, session or the root user')
    .option('--key <id>', 'what an access key led to')
    .option('--session <id>', 'one session (ASIA…) or registry token (rt-…)')
    .option('--source <address>', 'what was issued to an address or a range such as 192.0.2.0/24')
    .option('--before <time>', 'only what was issued until then: 2026-11-24T18:00:00Z', parseTime);
}

function list({ call, terminal }: CliContext): Command {
  return withSelector(new Command('list'))
    .description('list what has not expired and still counts; needs sallyport:ListSessions')
    .option('--all', 'also what was revoked, or whose user or role is gone')
    .option('--json', 'as JSON')
    .action(async (flags: SelectorFlags & { readonly json?: boolean }) => {
      const everything = await allPages(async (page) => {
        const { sessions, nextToken } = await call('ListSessions', { ...selectorOf(flags), ...page }, flags);
        return { items: sessions, nextToken };
      });
      const sessions = flags.all === true ? everything : everything.filter(({ ended }) => ended === undefined);
      if (flags.json === true) return terminal.out(JSON.stringify(sessions, null, 2));
      const rows = sessions.map(
        ({ sessionId, principalArn, accessKeyId, sourceAddress, issuedAt, expiresAt, ended }) => [
          ...[sessionId, principalArn, accessKeyId, sourceAddress],
          ...[timeCell(issuedAt), timeCell(expiresAt), ended ?? 'good'],
        ],
      );
      const heading = ['ID', 'PRINCIPAL', 'KEY', 'ISSUED TO', 'ISSUED', 'EXPIRES', 'STATE'];
      for (const line of tableLines(heading, rows)) terminal.out(line);
    });
}

function revoke({ call, terminal }: CliContext): Command {
  return withSelector(new Command('revoke'))
    .description('end what was issued until now, at every process; needs sallyport:RevokeSessions')
    .option('--all', 'everything of the account')
    .action(async (flags: SelectorFlags) => {
      const input = { ...selectorOf(flags), ...(flags.all === undefined ? {} : { all: flags.all }) };
      const { kind, value, issuedBefore } = await call('RevokeSessions', input, flags);
      terminal.out(
        `Ended: ${kind} ${value}`.trimEnd().concat(`, what was issued until ${issuedBefore.toISOString()}.`),
      );
    });
}

function selectorOf({ principal, key, session, source, before }: SelectorFlags) {
  return {
    ...(principal === undefined ? {} : { principal }),
    ...(key === undefined ? {} : { accessKeyId: key }),
    ...(session === undefined ? {} : { sessionId: session }),
    ...(source === undefined ? {} : { sourceAddress: source }),
    ...(before === undefined ? {} : { issuedBefore: before }),
  };
}

function parseTime(text: string): Date {
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError('write 2026-11-24T18:00:00Z.');
}
