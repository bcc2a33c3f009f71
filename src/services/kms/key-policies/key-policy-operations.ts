// PutKeyPolicy, GetKeyPolicy, ListKeyPolicies: a key has exactly one policy, which is called default.

import { DomainError } from '#core/errors.ts';
import { keyNeed } from '../keys/key-need.ts';
import { onKey, requireCustomerKey } from '../keys/key-operation.ts';

const policyName = 'default';

function requireDefault(PolicyName: string | undefined): void {
  if (PolicyName === undefined || PolicyName === policyName) return;
  throw new DomainError('kms-key-not-found', 'No such policy exists', {});
}

const putKeyPolicy = onKey('PutKeyPolicy', {
  kind: 'write',
  errors: ['kms-malformed-policy', 'kms-limit-exceeded', 'kms-key-state-invalid', 'kms-unsupported'],
  context: ({ BypassPolicyLockoutSafetyCheck }) => ({
    'kms:BypassPolicyLockoutSafetyCheck': String(BypassPolicyLockoutSafetyCheck === true),
  }),
  async handle({ Policy, PolicyName, BypassPolicyLockoutSafetyCheck }, key, { keyPolicies, keys }, caller) {
    requireCustomerKey(key, 'kms:PutKeyPolicy', caller);
    requireDefault(PolicyName);
    const kept = await keyPolicies.keep(Policy);
    if (BypassPolicyLockoutSafetyCheck !== true) {
      const again = keyNeed('PutKeyPolicy', { arn: key.arn, key, alias: undefined }, caller);
      keyPolicies.assertNoLockOut(kept, again, caller);
    }
    const policy = await keyPolicies.seal(key, kept);
    await keys.change('PutKeyPolicy', key, () => ({ policy }));
    return {};
  },
});

const getKeyPolicy = onKey('GetKeyPolicy', {
  kind: 'read',
  async handle(input, key, { keyPolicies }) {
    requireDefault(input.PolicyName);
    return { Policy: await keyPolicies.show(key.policy), PolicyName: policyName };
  },
});

const listKeyPolicies = onKey('ListKeyPolicies', {
  kind: 'read',
  errors: ['kms-key-state-invalid'],
  handle: () => ({ PolicyNames: [policyName], Truncated: false }),
});

export const keyPolicyOperations = {
  PutKeyPolicy: putKeyPolicy,
  GetKeyPolicy: getKeyPolicy,
  ListKeyPolicies: listKeyPolicies,
};
