// All that IAM keeps: secrets, seeds, passwords, reports and policies open, and are what they should be.

import { parsePolicy } from '#access/parse.ts';
import type { Findings } from '#core/findings.ts';
import { settled } from '#core/findings.ts';
import { secretContext } from './access-keys/access-keys.ts';
import { findAccessKey, walkAccessKeys } from './access-keys/tables.ts';
import { failure } from './failure.ts';
import { accountDomain, type IamOptions, type IamStore, openIamStore } from './iam-store.ts';
import { openDocument } from './inline-policies/inline-policies.ts';
import { findInlinePolicy, walkInlinePolicies } from './inline-policies/tables.ts';
import { verifyPasswords } from './login-profiles/verification.ts';
import { policyArn } from './managed-policies/policy-arn.ts';
import { openVersion } from './managed-policies/policy-documents.ts';
import { walkVersions } from './managed-policies/tables.ts';
import { withSeed } from './mfa/codes.ts';
import { walkDevices } from './mfa/tables.ts';
import { verifyProviders } from './oidc-providers/verification.ts';
import { verifyReports } from './reports/verification.ts';
import { walkRoles } from './roles/tables.ts';
import { openTrustPolicy } from './roles/trust-policy.ts';
import type { IamTables } from './tables.ts';

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
  for (const { owner_id, policy_name } of await walkInlinePolicies(tables)) {
    findings.count('inline policies');
    const look = async () => {
      const row = await findInlinePolicy(tables, owner_id, policy_name);
      if (row === undefined) return [];
      return failure(async () => parsePolicy(await openDocument(store, row), 'identity'));
    };
    for (const what of await settled(look)) {
      const kind = kindOfId(owner_id);
      const subject = `policy ${policy_name} of ${kind} ${owner_id}`;
      const remedy = `Put the policy again (Put${kind.charAt(0).toUpperCase()}${kind.slice(1)}Policy).`;
      findings.damage({ subject, what: `it does not open: ${what}`, remedy });
    }
  }
  await verifyTrustPolicies(store, findings);
  await verifyPolicyVersions(store, findings);
  await verifySeeds(store, findings);
  await verifyPasswords(store, findings);
  await verifyReports(store, findings);
  await verifyProviders(store, findings);
}

function kindOfId(ownerId: string): 'user' | 'group' | 'role' {
  if (ownerId.startsWith('AGPA')) return 'group';
  return ownerId.startsWith('AROA') ? 'role' : 'user';
}

async function verifyTrustPolicies(store: IamStore, findings: Findings): Promise<void> {
  const tables = store.database.tables<IamTables>();
  for (let rows = await walkRoles(tables, '', batch); rows.length > 0; ) {
    for (const row of rows) {
      findings.count('trust policies');
      const look = () => failure(async () => parsePolicy(await openTrustPolicy(store, row), 'trust'));
      for (const what of await settled(look)) {
        const remedy = 'Set the trust policy again (UpdateAssumeRolePolicy).';
        findings.damage({ subject: `role ${row.role_id}`, what: `its trust policy does not open: ${what}`, remedy });
      }
    }
    rows = await walkRoles(tables, rows.at(-1)?.role_id ?? '', batch);
  }
}

async function verifyPolicyVersions(store: IamStore, findings: Findings): Promise<void> {
  const tables = store.database.tables<IamTables>();
  for (let rows = await walkVersions(tables, '', batch); rows.length > 0; ) {
    for (const row of rows) {
      findings.count('policy versions');
      const look = () => failure(async () => parsePolicy(await openVersion(store, row.account_id, row), 'identity'));
      for (const what of await settled(look)) {
        const subject = `policy ${policyArn(row)} version v${row.version}`;
        const remedy = 'Delete the version and create it again (CreatePolicyVersion).';
        findings.damage({ subject, what: `it does not open: ${what}`, remedy });
      }
    }
    rows = await walkVersions(tables, rows.at(-1)?.version_id ?? '', batch);
  }
}

async function verifySeeds(store: IamStore, findings: Findings): Promise<void> {
  const tables = store.database.tables<IamTables>();
  for (let rows = await walkDevices(tables, '', batch); rows.length > 0; ) {
    for (const row of rows) {
      findings.count('MFA devices');
      for (const what of await settled(() => failure(() => withSeed(store, row, async () => undefined)))) {
        const remedy = 'Deactivate and delete the device, and set up another one for the user.';
        findings.damage({ subject: `MFA device ${row.serial}`, what: `its seed does not open: ${what}`, remedy });
      }
    }
    rows = await walkDevices(tables, rows.at(-1)?.serial ?? '', batch);
  }
}
