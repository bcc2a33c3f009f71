// Every kept denial: its explanation opens, and is one.

import { type Findings, settled } from '#core/findings.ts';
import { type DenialsOptions, openBody } from './denials.ts';
import { type DenialTables, findDenial, walkDenials } from './tables.ts';

const batch = 200;

export async function verifyDenials(
  options: Pick<DenialsOptions, 'database' | 'keyRing'>,
  findings: Findings,
): Promise<void> {
  const tables = options.database.tables<DenialTables>();
  let after = { account_id: '', request_id: '' };
  for (;;) {
    const keys = await walkDenials(tables, after, batch);
    const last = keys.at(-1);
    if (last === undefined) return;
    after = last;
    for (const { account_id, request_id } of keys) {
      findings.count('denials');
      const look = async () => {
        const row = await findDenial(tables, account_id, request_id);
        if (row === undefined) return [];
        return openBody(options, row).then(
          () => [],
          (error: unknown) => [error instanceof Error ? error.message : String(error)],
        );
      };
      for (const what of await settled(look)) {
        const remedy = 'Nothing is lost but this explanation: the audit log has the denial, and a week ends it.';
        findings.damage({
          subject: `the explanation of denial ${request_id}`,
          what: `it does not open: ${what}`,
          remedy,
        });
      }
    }
  }
}
