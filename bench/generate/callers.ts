// The callers of a generated site: one whose policies are counted, and one that floods.

import type { AccountId } from '../../src/core/account.ts';
import { openAccessKeys } from '../../src/services/iam/access-keys/access-keys.ts';
import type { IamOptions } from '../../src/services/iam/iam-store.ts';
import { accountDomain, openIamStore } from '../../src/services/iam/iam-store.ts';
import { inlinePolicyContext } from '../../src/services/iam/inline-policies/inline-policies.ts';
import { upsertInlinePolicy } from '../../src/services/iam/inline-policies/tables.ts';
import { openUsers } from '../../src/services/iam/users/users.ts';
import type { GeneratedUser } from './site-plan.ts';

/**
 * A user with so many inline policies, written without the quota on their length: all but the last are about other
 * teams' repositories, as a central team's would be.
 */
export async function generateCaller(
  options: IamOptions,
  accountId: AccountId,
  userName: string,
  policies: number,
): Promise<GeneratedUser> {
  const store = openIamStore(options);
  const { row: user } = await openUsers(store).create({ accountId, name: userName, path: '/' });
  const { user_id } = user;
  const domain = await accountDomain(store, accountId);
  for (let index = 1; index <= policies; index += 1) {
    const policy_name = `policy-${String(index).padStart(4, '0')}`;
    const text = index === policies ? allowAll() : allowTeam(accountId, index);
    const document = await store.keyRing.seal(domain, inlinePolicyContext(user_id, policy_name), Buffer.from(text));
    const row = { owner_id: user_id, account_id: accountId, policy_name, document };
    await store.change((transaction) => upsertInlinePolicy(transaction, row));
  }
  const { accessKeyId, secretAccessKey } = await openAccessKeys(store).create(accountId, userName);
  return { accessKeyId, secretAccessKey };
}

function allowAll(): string {
  const statement = { Sid: 'Everything', Effect: 'Allow', Action: ['ecr:*', 'kms:*', 'sts:*'], Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function allowTeam(accountId: string, team: number): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: `Team${team}`,
        Effect: 'Allow',
        Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
        Resource: `arn:aws:ecr:*:${accountId}:repository/division-${team}/*`,
      },
      {
        Sid: `Deny${team}`,
        Effect: 'Deny',
        Action: 'ecr:Delete*',
        Resource: `arn:aws:ecr:*:*:repository/kept-${team}/*`,
      },
    ],
  });
}
