// Makes roles in a test: whom they trust, and what they may.

import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import type { House, HouseUser } from './house.ts';

export function policyOf(...Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

export interface NewRole {
  /** Statements of the trust policy. */
  readonly trust: readonly object[];
  /** Statements of its one inline policy. */
  readonly may?: readonly object[];
  readonly Path?: string;
  readonly MaxSessionDuration?: number;
}

/** The new role's ARN. */
export async function makeRole(maker: HouseUser, RoleName: string, { trust, may = [], ...rest }: NewRole) {
  const AssumeRolePolicyDocument = policyOf(...trust);
  const { Role } = await maker.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...rest }));
  if (may.length > 0) {
    const PolicyDocument = policyOf(...may);
    await maker.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'test', PolicyDocument }));
  }
  return Role?.Arn ?? '';
}

export async function removeRole(maker: HouseUser, RoleName: string): Promise<void> {
  await maker.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'test' }));
  await maker.iam.send(new DeleteRoleCommand({ RoleName }));
}

/** The answer of AssumeRole, and who one is with it. */
export async function assume(
  house: House,
  caller: HouseUser,
  RoleArn: string,
  input: Partial<AssumeRoleCommandInput> = {},
) {
  const answer = await caller.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', ...input }));
  return { answer, session: house.session(answer.Credentials) };
}
