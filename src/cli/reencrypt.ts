// sallyport reencrypt: moves a repository to another key, tells how far it is, turns it round. Asks the server.

import { setTimeout } from 'node:timers/promises';
import { Command, Option } from 'commander';
import type { OutputOf } from '#services/sallyport/service.ts';
import { type CliContext, type ClientFlags, exitCodes, withClientFlags } from './context.ts';
import { allPages } from './pages.ts';
import { tableLines, timeCell } from './tables.ts';

interface Flags extends ClientFlags {
  readonly repository?: string;
  readonly type?: 'AES256' | 'KMS' | 'KMS_DSSE';
  readonly key?: string;
  readonly status?: boolean;
  readonly cancel?: boolean;
  readonly list?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

type Move = OutputOf<'DescribeReencryption'>['reencryption'];

const askAgainMs = 1000;

export function reencryptCommand(context: CliContext): Command {
  const type = new Option('--type <type>', 'what it is encrypted with: KMS when only a key is named');
  return withClientFlags(new Command('reencrypt'))
    .description(
      'move a repository to another key while it is pulled from and pushed to. Without --type and --key: to the same ' +
        'KMS key under a new domain key. Needs sallyport:ReencryptRepository, on the new key kms:DescribeKey and ' +
        'kms:CreateGrant, and kms:Decrypt on the old one',
    )
    .option('--repository <name>', 'the repository; not with --list')
    .addOption(type.choices(['AES256', 'KMS', 'KMS_DSSE']))
    .option('--key <key>', 'the KMS key: its id, ARN or alias (alias/aws/ecr)')
    .option('--wait', 'tell how far it is until it has ended')
    .addOption(new Option('--status', 'only tell how far it is').conflicts(['type', 'key', 'cancel', 'list']))
    .addOption(new Option('--cancel', 'go back to the old key').conflicts(['type', 'key', 'list']))
    .addOption(new Option('--list', 'list moves under way, and the last one of each repository').conflicts(['wait']))
    .option('--json', 'as JSON')
    .action(async (flags: Flags, command: Command) => {
      if (flags.list === true) return list(context, flags);
      const { repository } = flags;
      if (repository === undefined) return command.error("error: required option '--repository <name>' not specified");
      const { reencryption: begun } = await ask(context, repository, flags);
      const move = flags.wait === true ? await awaitEnd(context, begun, flags) : begun;
      if (flags.json === true) context.terminal.out(JSON.stringify(move, null, 2));
      else for (const line of linesOf(move)) context.terminal.out(line);
      if (flags.wait === true && move.status !== wantedEnd(flags)) context.exitWith(exitCodes.failed);
    });
}

function wantedEnd({ cancel }: Flags): Move['status'] {
  return cancel === true ? 'CANCELLED' : 'COMPLETE';
}

function ask({ call }: CliContext, repositoryName: string, flags: Flags): Promise<OutputOf<'DescribeReencryption'>> {
  if (flags.status === true) return call('DescribeReencryption', { repositoryName }, flags);
  if (flags.cancel === true) return call('CancelReencryption', { repositoryName }, flags);
  const { type: encryptionType, key: kmsKey } = flags;
  const input = {
    repositoryName,
    ...(encryptionType === undefined ? {} : { encryptionType }),
    ...(kmsKey === undefined ? {} : { kmsKey }),
  };
  return call('ReencryptRepository', input, flags);
}

/** A line on standard error whenever something changes. */
async function awaitEnd({ call, terminal }: CliContext, begun: Move, flags: Flags): Promise<Move> {
  const { repositoryName } = begun;
  let told = '';
  for (let move = begun; ; ) {
    if (move.status === 'COMPLETE' || move.status === 'CANCELLED') return move;
    const line = progressLine(move);
    if (line !== told) terminal.err(line);
    told = line;
    await setTimeout(askAgainMs);
    ({ reencryption: move } = await call('DescribeReencryption', { repositoryName }, flags));
  }
}

function progressLine({ status, reason, moved, total }: Move): string {
  const share = total === undefined || total.bytes === 0 ? '' : ` (${Math.floor((100 * moved.bytes) / total.bytes)} %)`;
  const of = (what: 'images' | 'layers' | 'bytes') => `${moved[what]}${total ? ` of ${total[what]}` : ''} ${what}`;
  const progress = `${status}: ${of('images')}, ${of('layers')}, ${of('bytes')}${share}`;
  return reason === undefined ? progress : `${progress}; ${reason}`;
}

function linesOf(move: Move): readonly string[] {
  const { repositoryName, oldKeyKeptUntil } = move;
  const lines = [`${repositoryName}: from ${nameOf(move.from)} to ${nameOf(move.to)}`, progressLine(move)];
  if (oldKeyKeptUntil === undefined) return lines;
  return [...lines, `What it has left is kept for downloads under way until ${timeCell(oldKeyKeptUntil)}.`];
}

function nameOf({ encryptionType, kmsKey }: Move['from']): string {
  return kmsKey === undefined ? encryptionType : `${encryptionType} ${kmsKey}`;
}

async function list({ call, terminal }: CliContext, flags: Flags): Promise<void> {
  const moves = await allPages(async (page) => {
    const { reencryptions: items, nextToken } = await call('ListReencryptions', page, flags);
    return { items, nextToken };
  });
  if (flags.json === true) return terminal.out(JSON.stringify(moves, null, 2));
  const rows = moves
    .toSorted((left, right) => left.startedAt.getTime() - right.startedAt.getTime())
    .map((move) => [
      move.repositoryName,
      nameOf(move.to),
      timeCell(move.startedAt),
      timeCell(move.finishedAt),
      progressLine(move),
    ]);
  for (const line of tableLines(['REPOSITORY', 'TO', 'BEGAN', 'ENDED', 'STATE'], rows)) terminal.out(line);
}
