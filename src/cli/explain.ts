// sallyport explain: why a request was denied, and what would have allowed it. Asks the running server.

import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { type CliContext, type ClientFlags, withClientFlags } from './context.ts';
import { treeLines } from './print-tree.ts';

export function explainCommand({ call, terminal }: CliContext): Command {
  return withClientFlags(new Command('explain'))
    .description('say why a request was denied and what would have allowed it; needs sallyport:ExplainDenial')
    .argument('<request-id>', "the id that the denial carried: x-amzn-RequestId, or the SDK's RequestId")
    .option('--json', 'as JSON')
    .action(async (requestId: string, flags: ClientFlags & { readonly json?: boolean }) => {
      const ask = () => call('ExplainDenial', { requestId }, flags);
      const { denial } = await ask().catch((error: unknown) => againIfUnknown(error, ask));
      if (flags.json === true) return terminal.out(JSON.stringify(denial, null, 2));
      terminal.out(`request    ${denial.requestId} at ${denial.deniedAt.toISOString()}`);
      terminal.out(`principal  ${denial.principalArn}${denial.accessKeyId ? ` with ${denial.accessKeyId}` : ''}`);
      terminal.out(`from       ${denial.sourceAddress} ${denial.userAgent}`);
      terminal.out(`action     ${denial.action}`);
      terminal.out(`resource   ${denial.resource}`);
      terminal.out(`told       ${denial.message}`);
      for (const line of treeLines(denial.decision)) terminal.out(line);
      if (denial.side === 'both') return;
      terminal.out('');
      terminal.out('Two accounts are concerned: the policies of the other one are shown to that one only.');
    });
}

/** Another worker of the site writes what it has refused within a second. */
const writtenWithinMs = 1500;

async function againIfUnknown<Answer>(error: unknown, ask: () => Promise<Answer>): Promise<Answer> {
  if (!(error instanceof Error && 'code' in error && error.code === 'ResourceNotFoundException')) throw error;
  await setTimeout(writtenWithinMs);
  return ask();
}
