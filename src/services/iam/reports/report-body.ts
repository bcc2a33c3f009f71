// The body of a report as it is kept: sealed, and bound to its id.

import { accountDomain, type IamStore } from '../iam-store.ts';
import type { ReportRow } from './tables.ts';

type Owned = Pick<ReportRow, 'report_id' | 'account_id'>;

export async function sealReportBody(store: IamStore, { report_id, account_id }: Owned, body: string): Promise<Buffer> {
  const domain = await accountDomain(store, account_id);
  return store.keyRing.seal(domain, contextOf(report_id), Buffer.from(body, 'utf8'));
}

export async function openReportBody(store: IamStore, row: Owned & Pick<ReportRow, 'body'>): Promise<Buffer> {
  return store.keyRing.open(await accountDomain(store, row.account_id), contextOf(row.report_id), row.body);
}

function contextOf(reportId: string): string {
  return `iam/report/${reportId}`;
}
