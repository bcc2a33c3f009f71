// sallyport policy test: what the running server would decide, and why.

import { Command } from 'commander';
import { ConfigError } from '#config/config.ts';
import { type CliContext, type ClientFlags, exitCodes, withClientFlags } from './context.ts';
import { treeLines } from './print-tree.ts';

interface Flags extends ClientFlags {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context: readonly string[];
  readonly json?: boolean;
}

export function testCommand({ call, terminal, exitWith }: CliContext): Command {
  return withClientFlags(new Command('test'))
    .description('say what would be decided and why; exit code 1 when denied; needs sallyport:TestPolicy')
    .requiredOption('--principal <arn>', 'a user, a role or the root user of the account')
    .requiredOption('--action <action>', 'such as ecr:PutImage')
    .requiredOption('--resource <arn>', 'an ARN, or *')
    .option('--context <key=value>', 'a condition key; several values by repeating it', collect, [])
    .option('--json', 'as JSON')
    .action(async ({ principal, action, resource, context, json, ...flags }: Flags) => {
      const input = { principalArn: principal, action, resource, context: entriesOf(context) };
      const { decision } = await call('TestPolicy', input, flags);
      if (decision.reason !== 'allowed') exitWith(exitCodes.failed);
      if (json === true) return terminal.out(JSON.stringify(decision, null, 2));
      for (const line of treeLines(decision)) terminal.out(line);
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function entriesOf(texts: readonly string[]) {
  const byKey = new Map<string, string[]>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new ConfigError(`--context wants key=value, not "${text}".`);
    const key = text.slice(0, equals);
    byKey.set(key, [...(byKey.get(key) ?? []), text.slice(equals + 1)]);
  }
  return [...byKey].map(([key, values]) => ({ key, values }));
}
