// The trust policy of a role: who may assume it. Kept sealed, its principals named by unique id.

import { keptByIds, shownByArns } from '#access/kept-principals.ts';
import { countPolicyChars } from '#access/parse.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import { requirePolicy } from '../documents.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import { limitExceeded } from '../refusals.ts';
import type { RoleRow } from './tables.ts';

function trustContext(roleId: string): string {
  return `iam/trust-policy/${roleId}`;
}

/**
 * The document as it is kept. Throws malformed-policy for what is no trust policy and for a principal that does not
 * exist, entity-limit-exceeded for one that is too long.
 */
export async function keptTrustPolicy(document: string, principals: PrincipalDirectory): Promise<string> {
  if (countPolicyChars(document) > limits.trustPolicyCharsMax) {
    throw limitExceeded('ACLSizePerRole', limits.trustPolicyCharsMax);
  }
  const { statements } = requirePolicy(document, 'trust');
  const isAboutSts = statements.every(({ actions }) => actions.patterns.every((pattern) => /^sts:/i.test(pattern)));
  if (!isAboutSts) throw malformed('AssumeRole policy may only specify STS AssumeRole actions.');
  return keptByIds(document, principals, ({ name }) => malformed(`Invalid principal in policy: "AWS":"${name}"`));
}

type Sealed = Pick<RoleRow, 'role_id' | 'account_id'>;

export async function sealTrustPolicy(store: IamStore, role: Sealed, kept: string): Promise<Uint8Array> {
  return store.keyRing.seal(await accountDomain(store, role.account_id), trustContext(role.role_id), Buffer.from(kept));
}

/** The document as it is kept: what decisions are made by. */
export async function openTrustPolicy(store: IamStore, role: Sealed & Pick<RoleRow, 'trust_policy'>): Promise<string> {
  const domain = await accountDomain(store, role.account_id);
  return (await store.keyRing.open(domain, trustContext(role.role_id), role.trust_policy)).toString('utf8');
}

/** The document as its owner reads it. */
export async function shownTrustPolicy(store: IamStore, role: RoleRow, principals: PrincipalDirectory) {
  return shownByArns(await openTrustPolicy(store, role), principals);
}

function malformed(message: string): DomainError {
  return new DomainError('malformed-policy', message, {});
}
