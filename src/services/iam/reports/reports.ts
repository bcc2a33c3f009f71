// Reports on an account: made at once, kept sealed, and found again by every process of the site.

import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Activity } from '../activity/activity.ts';
import type { IamStore } from '../iam-store.ts';
import { policyOf } from '../login-profiles/kept-password.ts';
import { noSuchEntity } from '../refusals.ts';
import type { IamTables } from '../tables.ts';
import { credentialReport } from './credential-report.ts';
import { lastAccessed, type ServiceAccess } from './last-accessed.ts';
import { openReportBody, sealReportBody } from './report-body.ts';
import * as rows from './tables.ts';

export type Granularity = 'SERVICE_LEVEL' | 'ACTION_LEVEL';

export interface AccessReport {
  readonly granularity: Granularity;
  readonly services: readonly ServiceAccess[];
}

export interface Reports {
  /** False when the one of the last four hours still stands. */
  generateCredentials(accountId: AccountId): Promise<boolean>;
  /** Throws report-not-present and report-expired. */
  credentials(accountId: AccountId): Promise<{ readonly csv: Buffer; readonly madeAtMs: number }>;
  /** The id of the report. Throws no-such-entity. */
  generateAccess(accountId: AccountId, arn: string, granularity: Granularity): Promise<string>;
  /** Throws no-such-entity. */
  access(accountId: AccountId, jobId: string): Promise<AccessReport & { readonly madeAtMs: number }>;
}

const credentialsId = (accountId: AccountId) => `credentials/${accountId}`;

export function openReports(store: IamStore, accounts: Accounts, activity: Activity): Reports {
  const tables = store.database.tables<IamTables>();
  const isFresh = (madeAtMs: number) => store.clock.nowMs() - madeAtMs < limits.credentialReportLifeMs;
  return {
    async generateCredentials(accountId) {
      const known = await rows.findReport(tables, credentialsId(accountId));
      if (known !== undefined && isFresh(known.made_at_ms)) return false;
      await activity.write();
      const account = (await accounts.list()).find((one) => one.accountId === accountId);
      const csv = credentialReport({
        accountId,
        accountCreatedAtMs: account?.createdAtMs ?? 0,
        users: await rows.listAllUsers(tables, accountId),
        keys: await rows.listAllKeys(tables, accountId),
        mfaUsers: await rows.listMfaUsers(tables, accountId),
        passwords: await rows.listAllPasswords(tables, accountId),
        passwordPolicy: await policyOf(tables, accountId),
      });
      await keep(store, { accountId, id: credentialsId(accountId), kind: 'credentials', body: csv });
      return true;
    },
    async credentials(accountId) {
      const row = await rows.findReport(tables, credentialsId(accountId));
      if (row === undefined) throw new DomainError('report-not-present', 'No report has been generated.', {});
      if (!isFresh(row.made_at_ms)) throw new DomainError('report-expired', 'The report has expired.', {});
      return { csv: await openReportBody(store, row), madeAtMs: row.made_at_ms };
    },
    async generateAccess(accountId, arn, granularity) {
      const services = await lastAccessed(store, activity, accountId, arn);
      const report: AccessReport = { granularity, services };
      const id = store.random.uuid();
      await keep(store, { accountId, id, kind: 'last-accessed', body: JSON.stringify(report) });
      return id;
    },
    async access(accountId, jobId) {
      const row = await rows.findReport(tables, jobId);
      if (row?.account_id !== accountId || row.kind !== 'last-accessed') throw noSuchEntity(`The job ${jobId}`);
      // Only `generateAccess` makes these, and the seal shows that it did.
      const report = JSON.parse((await openReportBody(store, row)).toString('utf8')) as AccessReport;
      return { ...report, madeAtMs: row.made_at_ms };
    },
  };
}

interface NewReport {
  readonly accountId: AccountId;
  readonly id: string;
  readonly kind: 'credentials' | 'last-accessed';
  readonly body: string;
}

async function keep(store: IamStore, { accountId, id, kind, body }: NewReport): Promise<void> {
  const sealed = await sealReportBody(store, { report_id: id, account_id: accountId }, body);
  const row = { report_id: id, account_id: accountId, kind, made_at_ms: store.clock.nowMs(), body: sealed };
  await store.database.transact<IamTables, void>(async (transaction) => {
    await rows.putReport(transaction, row);
    await rows.deleteOldReports(transaction, row, limits.accessReportsMax);
  });
}
