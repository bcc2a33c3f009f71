// Asked by services/sts, answered by services/iam: the roles that can be assumed, and the policies that can limit them.

import type { AccountId } from '../account.ts';
import type { MaybePromise } from '../operation.ts';

export interface AssumableRole {
  readonly accountId: AccountId;
  /** `AROA…` */
  readonly roleId: string;
  readonly arn: string;
  readonly name: string;
  /** The longest session that its owner lets it have. */
  readonly maxSessionSeconds: number;
}

export interface RoleDirectory {
  /** The role whose ARN this is to the letter, path and all; undefined when there is none. */
  findRole(arn: string): MaybePromise<AssumableRole | undefined>;
  /** Whether a managed policy of this ARN is one that sessions in the account can be limited by. */
  hasPolicy(accountId: AccountId, policyArn: string): MaybePromise<boolean>;
}
