// Every access key's secret and every user's policy: they open, and the policy is one.

import { PolicySyntaxError, parsePolicy } from '#access/parse.ts';
import type { Findings } from '#core/findings.ts';
import { settled } from '#core/findings.ts';
import { type IamOptions, openIamStore } from './iam-store.ts';
import { openDocument } from './policies.ts';
import { findAccessKey, findPolicyOwner, type IamTables, walkAccessKeys, walkUserPolicies } from './tables.ts';
import { accountDomain, secretContext } from './users.ts';

const batch = 200;

export async function verifyIam(options: IamOptions, findings: Findings): Promise<void> {
  const store = openIamStore(options);
  const tables = store.database.tables<IamTables>();
  let after = '';
  for (let keys = await walkAccessKeys(tables, after, batch); keys.length > 0; ) {
    for (const accessKeyId of keys) {
      findings.count('access keys');
      const look = async () => {
        const row = await findAccessKey(tables, accessKeyId);
        if (row === undefined) return [];
        const domain = await accountDomain(store, row.account_id);
        return failure(() => store.keyRing.open(domain, secretContext(accessKeyId), row.secret));
      };
      for (const what of await settled(look)) {
        const remedy = 'Delete the access key and make another one for the user.';
        findings.damage({ subject: `access key ${accessKeyId}`, what: `its secret does not open: ${what}`, remedy });
      }
      after = accessKeyId;
    }
    keys = await walkAccessKeys(tables, after, batch);
  }
  for (const { user_id, policy_name } of await walkUserPolicies(tables)) {
    findings.count('user policies');
    const look = async () => {
      const found = await findPolicyOwner(tables, user_id, policy_name);
      if (found === undefined) return [];
      return failure(async () => parsePolicy(await openDocument(store, found.account_id, found), 'identity'));
    };
    for (const what of await settled(look)) {
      const subject = `policy ${policy_name} of user ${user_id}`;
      const remedy = 'Put the policy again (PutUserPolicy).';
      findings.damage({ subject, what: `it does not open: ${what}`, remedy });
    }
  }
}

async function failure(work: () => unknown): Promise<readonly string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (error instanceof PolicySyntaxError) return [`it is no policy: ${error.message}`];
    return [error instanceof Error ? error.message : String(error)];
  }
}
