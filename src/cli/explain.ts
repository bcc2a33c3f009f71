// sallyport explain: why a request was denied, and what would have allowed it. Asks the running server.

import { Command } from 'commander';
import { type CliContext, type ClientFlags, withClientFlags } from './context.ts';
import { treeLines } from './print-tree.ts';

export function explainCommand({ call, terminal }: CliContext): Command {
  return withClientFlags(new Command('explain'))
    .description('say why a request was denied and what would have allowed it; needs sallyport:ExplainDenial')
    .argument('<request-id>', "the id that the denial carried: x-amzn-RequestId, or the SDK's RequestId")
    .option('--json', 'as JSON')
    .action(async (requestId: string, flags: ClientFlags & { readonly json?: boolean }) => {
      const { denial } = await call('ExplainDenial', { requestId }, flags);
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
