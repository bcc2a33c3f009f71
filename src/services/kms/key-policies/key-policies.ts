// Key policies: checked, kept with unique ids in place of ARNs, and shown with ARNs again.

import { compilePolicy } from '#access/compile.ts';
import { globalContext } from '#access/context.ts';
import { evaluate } from '#access/evaluate.ts';
import { keptByIds, shownByArns } from '#access/kept-principals.ts';
import { PolicySyntaxError, parsePolicy } from '#access/parse.ts';
import type { ParsedPolicy, PolicyKind } from '#access/policy.ts';
import type { Caller } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Need } from '#core/need.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import type { KmsKey } from '../keys/key.ts';
import type { KmsStore } from '../store/kms-store.ts';
import { sealKeyPolicy } from './sealed-key-policy.ts';

export interface KeyPolicies {
  /** As it is kept. Throws kms-malformed-policy, kms-limit-exceeded. */
  keep(document: string): Promise<string>;
  /** Throws kms-malformed-policy for a policy under which the caller could not change it again. */
  assertNoLockOut(kept: string, need: Need, caller: Caller): void;
  seal(key: Pick<KmsKey, 'keyId' | 'accountId' | 'region'>, kept: string): Promise<Uint8Array>;
  /** As its owner reads it. */
  show(kept: string): Promise<string>;
}

export function openKeyPolicies(store: KmsStore, principals: PrincipalDirectory): KeyPolicies {
  return {
    async keep(document) {
      if (Buffer.byteLength(document) > limits.keyPolicyBytesMax) {
        const message = `The key policy is longer than ${limits.keyPolicyBytesMax} bytes.`;
        throw new DomainError('kms-limit-exceeded', message, {});
      }
      parse(document, 'resource');
      const invalid = 'Policy contains a statement with one or more invalid principals.';
      return keptByIds(document, principals, () => malformed(invalid));
    },
    assertNoLockOut(kept, need, caller) {
      const resourceAccountId = caller.accountId;
      const request = {
        action: need.action,
        resource: need.resource,
        principal: caller.principal,
        resourceAccountId,
        context: globalContext(caller, { resourceAccountId }, need, store.clock.nowMs()),
      };
      const policies = {
        // What the account's own policies say is theirs: the key's must not stand in the way.
        identity: [everything],
        resource: compilePolicy(parse(kept, 'resource'), need.resource),
        resourceMustAllow: true,
      };
      if (evaluate(request, policies).allowed) return;
      throw malformed('The new key policy will not allow you to update the key policy in the future.');
    },
    seal: ({ keyId, accountId, region }, kept) =>
      sealKeyPolicy(store, { key_id: keyId, account_id: accountId, region }, kept),
    show: (kept) => shownByArns(kept, principals),
  };
}

const everything = compilePolicy(
  parse('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'identity'),
  '',
);

/** Throws kms-malformed-policy with line and column. */
function parse(document: string, kind: PolicyKind): ParsedPolicy {
  try {
    return parsePolicy(document, kind);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw malformed(`${error.message} (line ${error.line}, column ${error.column})`);
  }
}

function malformed(message: string): DomainError {
  return new DomainError('kms-malformed-policy', message, {});
}

/** What a key made through the API has when nobody gives a policy: the account decides (kms.md §3). */
export function defaultKeyPolicy(accountId: string): string {
  const statement = {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] }, undefined, 2);
}
