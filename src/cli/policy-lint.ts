// sallyport policy lint: all that is wrong or unwise in a policy document, with line and column. Needs no server.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { LintType } from '#access/lint/finding.ts';
import { lintPolicy } from '#access/lint/lint-policy.ts';
import { knownActions } from '#wire/known-actions.ts';
import { type CliContext, exitCodes } from './context.ts';

const types: readonly LintType[] = ['identity', 'resource', 'trust', 'scp', 'rcp'];

export function lintCommand({ terminal, exitWith, workingFolder }: CliContext): Command {
  return new Command('lint')
    .description('say what is wrong or unwise in a policy document; exit code 1 when something is an error')
    .argument('<file>', 'the document; - for standard input')
    .addOption(new Option('--type <type>', 'what kind of policy it is').choices(types).default('identity'))
    .option('--json', 'as JSON')
    .action(async (file: string, flags: { readonly type: LintType; readonly json?: boolean }) => {
      const text = await readFile(file === '-' ? '/dev/stdin' : resolve(workingFolder, file), 'utf8');
      const findings = lintPolicy(text, flags.type, knownActions());
      if (findings.some(({ findingType }) => findingType === 'ERROR')) exitWith(exitCodes.failed);
      if (flags.json === true) return terminal.out(JSON.stringify(findings, null, 2));
      for (const { findingType, issueCode, details, start } of findings) {
        terminal.out(`${file}:${start.line}:${start.column}: ${findingType} ${issueCode}: ${details}`);
      }
      if (findings.length === 0) terminal.out(`${file}: nothing to say`);
    });
}
