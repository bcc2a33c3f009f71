// Every kept password, of now and of before: its hash opens and has the form of one. Every password policy is one.

import { parseAccountId } from '#core/account.ts';
import { type Findings, settled } from '#core/findings.ts';
import { failure } from '../failure.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { openHash } from './kept-password.ts';
import { argonParts } from './password-hash.ts';
import { listPolicies, walkOldPasswords, walkProfiles } from './tables.ts';

const batch = 200;
const remedies = {
  now: 'Set another password for the user (UpdateLoginProfile).',
  before: 'Delete the login profile of the user and create it again (DeleteLoginProfile, CreateLoginProfile).',
  policy: 'Set the password policy again (UpdateAccountPasswordPolicy).',
};

export async function verifyPasswords(store: IamStore, findings: Findings): Promise<void> {
  const tables = store.database.tables<IamTables>();
  for (let rows = await walkProfiles(tables, '', batch); rows.length > 0; ) {
    for (const row of rows) {
      findings.count('passwords');
      await verifyHash(store, findings, row, { subject: 'the password', remedy: remedies.now });
    }
    rows = await walkProfiles(tables, rows.at(-1)?.user_id ?? '', batch);
  }
  for (let rows = await walkOldPasswords(tables, '', batch); rows.length > 0; ) {
    for (const row of rows) {
      findings.count('old passwords');
      await verifyHash(store, findings, row, { subject: 'an old password', remedy: remedies.before });
    }
    rows = await walkOldPasswords(tables, rows.at(-1)?.user_id ?? '', batch);
  }
  for (const { account_id, policy } of await listPolicies(tables)) {
    for (const what of await failure(() => requirePolicy(policy))) {
      findings.damage({ subject: `the password policy of account ${account_id}`, what, remedy: remedies.policy });
    }
  }
}

interface KeptHash {
  readonly user_id: string;
  readonly account_id: string;
  readonly hash: Uint8Array;
}

async function verifyHash(
  store: IamStore,
  findings: Findings,
  { user_id: id, account_id, hash }: KeptHash,
  { subject, remedy }: { readonly subject: string; readonly remedy: string },
): Promise<void> {
  const accountId = parseAccountId(account_id);
  const look = () =>
    failure(async () => {
      if (accountId === undefined) throw new Error(`'${account_id}' is no account`);
      argonParts(await openHash(store, { id, accountId }, hash));
    });
  for (const what of await settled(look)) {
    findings.damage({ subject: `${subject} of user ${id}`, what: `it does not open: ${what}`, remedy });
  }
}

function requirePolicy(json: string): void {
  const policy: unknown = JSON.parse(json);
  const length = typeof policy === 'object' && policy !== null && 'MinimumPasswordLength' in policy;
  if (!length || typeof policy.MinimumPasswordLength !== 'number') throw new Error('it is no password policy');
}
