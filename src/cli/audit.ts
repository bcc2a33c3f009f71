// sallyport audit verify, read: says whether the record of what happened was changed, and reads it out.

import { Command, InvalidArgumentError } from 'commander';
import { printable, printableJson } from '#std/printable.ts';
import type { Moment, ReadRecord } from './commands.ts';
import { type CliContext, type ConfigFlags, exitCodes, withConfigFlags } from './context.ts';
import { parseDuration } from './durations.ts';

export function auditCommand(context: CliContext): Command {
  return new Command('audit').description('the audit log').addCommand(verify(context)).addCommand(read(context));
}

function verify({ commands, terminal, load, exitWith }: CliContext): Command {
  return withConfigFlags(new Command('verify'))
    .description('check the chain of the audit log; exit code 1 when anything is amiss')
    .option('--json', 'as JSON')
    .action(async (flags: ConfigFlags & { readonly json?: boolean }) => {
      const verdict = await commands.verifyAudit(load(flags).config);
      if (!verdict.good) exitWith(exitCodes.failed);
      if (flags.json === true) return terminal.out(JSON.stringify(verdict.report, null, 2));
      for (const line of verdict.lines) terminal.out(line);
    });
}

interface ReadFlags extends ConfigFlags {
  readonly since?: Moment;
  readonly until?: Moment;
  readonly event?: readonly string[];
  readonly requestId?: string;
  readonly json?: boolean;
}

function read({ commands, terminal, load, exitWith }: CliContext): Command {
  return withConfigFlags(new Command('read'))
    .description('print the records of every process, oldest first, with their policies opened')
    .option('--since <time>', 'from then on: 2026-11-30T14:00:00Z, or how long ago: 90s, 10m, 12h, 7d', parseMoment)
    .option('--until <time>', 'before then, in the same forms', parseMoment)
    .option('--event <name...>', 'of these operations only: PutImage')
    .option('--request-id <id>', 'of this request only')
    .option('--json', 'as JSON, a record a line')
    .action(async (flags: ReadFlags) => {
      const { since, until, event: events = [], requestId, json } = flags;
      const query = { since, until, events, requestId };
      for await (const { record, problem } of commands.readAudit(load(flags).config, query)) {
        if (record !== undefined && json === true) terminal.out(printableJson(record));
        else if (record !== undefined) for (const line of linesOf(record)) terminal.out(line);
        if (problem === undefined) continue;
        terminal.err(printable(problem));
        exitWith(exitCodes.failed);
      }
    });
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

function parseMoment(text: string): Moment {
  if (/^\d{1,9}[smhd]$/.test(text)) return { agoMs: parseDuration(text) * 1000 };
  const atMs = isoTime.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('write 2026-11-30T14:00:00Z, or how long ago: 90s, 12h, 7d.');
  return { atMs };
}

/** What happened in one line, then what was asked for. A caller's text must not look like a line of ours. */
function linesOf(record: NonNullable<ReadRecord['record']>): readonly string[] {
  const { eventTime, eventName, userIdentity, sourceIPAddress, errorCode, errorMessage, requestID } = record;
  const who = nameOf(userIdentity);
  const outcome = errorCode === undefined ? 'done' : `${textOf(errorCode)}: ${textOf(errorMessage)}`;
  const head = [eventTime, eventName, who, sourceIPAddress, requestID].map(textOf).join('  ');
  const members = ['requestParameters', 'responseElements', 'additionalEventData'].flatMap((name) => {
    const value = record[name];
    return value === null || value === undefined ? [] : [`    ${name} ${printableJson(value)}`];
  });
  return [printable(head), `    ${printable(outcome)}`, ...members];
}

function nameOf(identity: unknown): string {
  const members: { readonly arn?: unknown; readonly invokedBy?: unknown; readonly type?: unknown } =
    typeof identity === 'object' && identity !== null ? identity : {};
  return textOf(members.arn ?? members.invokedBy ?? members.type);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '-';
}
