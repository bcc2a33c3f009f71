// Which permissions policies a user, group or role can use: its own, and of a user its groups' as well.

import type { AccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { noSuchEntity } from '../refusals.ts';
import type { AttachedPolicy, Simulation } from '../simulation/policy-sources.ts';

/** Its own before its groups', managed before inline. Throws invalid-input and no-such-entity. */
export async function grantingPolicies(
  simulation: Simulation,
  accountId: AccountId,
  arn: string,
): Promise<readonly AttachedPolicy[]> {
  const { service, accountId: owner, resource = '' } = parseArn(arn) ?? {};
  if (service !== 'iam' || !/^(user|group|role)\//.test(resource)) {
    throw new DomainError('invalid-input', `${arn} is not the ARN of a user, group or role.`, {});
  }
  const source = owner === accountId ? await simulation.sourceOf(arn) : undefined;
  if (source === undefined) throw noSuchEntity(`The entity ${arn}`);
  return source.policies;
}
