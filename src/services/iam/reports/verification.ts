// Every kept report: its body opens, and is one of its kind.

import { type Findings, settled } from '#core/findings.ts';
import { failure } from '../failure.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { openReportBody } from './report-body.ts';
import { findReport, type ReportRow, walkReports } from './tables.ts';

const batch = 200;
const remedy = 'Nothing is lost but this report: generate it again.';

export async function verifyReports(store: IamStore, findings: Findings): Promise<void> {
  const tables = store.database.tables<IamTables>();
  for (let ids = await walkReports(tables, '', batch); ids.length > 0; ) {
    for (const id of ids) {
      findings.count('reports');
      const look = async () => {
        const row = await findReport(tables, id);
        return row === undefined ? [] : failure(async () => requireReport(row, await openReportBody(store, row)));
      };
      for (const what of await settled(look)) {
        findings.damage({ subject: `report ${id}`, what: `it does not open: ${what}`, remedy });
      }
    }
    ids = await walkReports(tables, ids.at(-1) ?? '', batch);
  }
}

function requireReport({ kind }: ReportRow, body: Buffer): void {
  if (kind === 'credentials') {
    if (body.toString('latin1', 0, 9) !== 'user,arn,') throw new Error('it is no credential report');
    return;
  }
  const report: unknown = JSON.parse(body.toString('utf8'));
  const hasServices = typeof report === 'object' && report !== null && 'services' in report;
  if (!hasServices || !Array.isArray(report.services)) throw new Error('it is no report of last access');
}
