// sallyport policy lint, test: what is wrong with a policy, and what the server would decide.

import { Command } from 'commander';
import type { CliContext } from './context.ts';
import { lintCommand } from './policy-lint.ts';
import { testCommand } from './policy-test.ts';

export function policyCommand(context: CliContext): Command {
  return new Command('policy')
    .description('check policies')
    .addCommand(lintCommand(context))
    .addCommand(testCommand(context));
}
