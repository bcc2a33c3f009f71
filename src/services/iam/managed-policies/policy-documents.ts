// Documents of customer-managed policies: checked when they come, sealed, and opened once for all who ask.

import { countPolicyChars } from '#access/parse.ts';
import { limits } from '#core/limits.ts';
import type { PolicyDocument } from '#core/ports/policy-source.ts';
import { requirePolicy } from '../documents.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import { limitExceeded } from '../refusals.ts';
import { policyArn } from './policy-arn.ts';
import type { PolicyRow, VersionRow } from './tables.ts';

type Sealed = Pick<VersionRow, 'version_id' | 'document'>;

/** Binds a sealed document to its version. */
function versionContext(versionId: string): string {
  return `iam/policy-version/${versionId}`;
}

/** Throws malformed-policy with line and column, and entity-limit-exceeded. */
export function requireDocument(document: string): void {
  if (countPolicyChars(document) > limits.managedPolicyCharsMax) {
    throw limitExceeded('PolicySize', limits.managedPolicyCharsMax);
  }
  requirePolicy(document, 'identity');
}

export async function sealVersion(store: IamStore, accountId: string, versionId: string, document: string) {
  const domain = await accountDomain(store, accountId);
  return store.keyRing.seal(domain, versionContext(versionId), Buffer.from(document));
}

export async function openVersion(store: IamStore, accountId: string, version: Sealed): Promise<string> {
  const domain = await accountDomain(store, accountId);
  return (await store.keyRing.open(domain, versionContext(version.version_id), version.document)).toString('utf8');
}

/** The identical object for as long as anybody holds the version's: a version never changes, its id never returns. */
export async function documentOfVersion(
  store: IamStore,
  policy: Pick<PolicyRow, 'account_id' | 'path' | 'policy_name'>,
  version: VersionRow,
): Promise<PolicyDocument> {
  const known = store.openedDocuments.get(version.version_id);
  if (known !== undefined) return known;
  const text = await openVersion(store, policy.account_id, version);
  const opened = { name: policyArn(policy), text };
  store.openedDocuments.set(version.version_id, opened);
  return opened;
}
