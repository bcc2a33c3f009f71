// The people of these tests, and how to compile a policy for them in one line.

import type { AccountId } from '#core/account.ts';
import type { Principal } from '#core/caller.ts';
import { type CompiledPolicy, compilePolicy } from '../compile.ts';
import { conditionContext } from '../context.ts';
import type { AccessRequest } from '../evaluate.ts';
import { parsePolicy } from '../parse.ts';
import type { PolicyKind } from '../policy.ts';

export const accountId = '111122223333' as AccountId;
export const otherAccountId = '444455556666' as AccountId;

export const rootArn = `arn:aws:iam::${accountId}:root`;
export const aliceArn = `arn:aws:iam::${accountId}:user/team/alice`;
export const roleArn = `arn:aws:iam::${accountId}:role/ci/Builder`;
export const sessionArn = `arn:aws:sts::${accountId}:assumed-role/Builder/run-7`;
export const federatedArn = `arn:aws:sts::${accountId}:federated-user/Fay`;

export const root: Principal = { kind: 'root', accountId, arn: rootArn, principalId: accountId };
export const alice: Principal = {
  kind: 'user',
  accountId,
  arn: aliceArn,
  principalId: 'AIDAALICEALICEALICE22',
  userName: 'alice',
};
export const builder: Principal = {
  kind: 'assumed-role',
  accountId,
  arn: sessionArn,
  principalId: 'AROABUILDERBUILDER222:run-7',
};
export const fay: Principal = {
  kind: 'federated-user',
  accountId,
  arn: federatedArn,
  principalId: `${accountId}:Fay`,
};
export const replication: Principal = {
  kind: 'service',
  accountId,
  arn: 'replication.ecr.amazonaws.com',
  principalId: 'replication.ecr.amazonaws.com',
};

export const providerArn = `arn:aws:iam::${accountId}:oidc-provider/idp.example.com`;
export const webIdentity: Principal = {
  kind: 'web-identity',
  accountId,
  arn: providerArn,
  principalId: 'idp.example.com:job',
};

export const repository = `arn:aws:ecr:us-east-1:${accountId}:repository/team/web`;
export const foreignRepository = `arn:aws:ecr:us-east-1:${otherAccountId}:repository/team/web`;

/** Compiles statements of version 2012-10-17. */
export function policy(kind: PolicyKind, ...statements: readonly object[]): CompiledPolicy {
  return policyOf(kind, { Version: '2012-10-17', Statement: statements });
}

export function policyOf(kind: PolicyKind, document: object, name = 'a-policy'): CompiledPolicy {
  return compilePolicy(parsePolicy(JSON.stringify(document), kind), name);
}

/** alice pulls from the repository of her account, unless told otherwise. */
export function request(changes: Partial<AccessRequest> = {}): AccessRequest {
  return {
    action: 'ecr:BatchGetImage',
    resource: repository,
    principal: alice,
    resourceAccountId: accountId,
    context: conditionContext({ 'aws:username': 'alice' }),
    ...changes,
  };
}

export const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
export const denyAll = { Effect: 'Deny', Action: '*', Resource: '*' } as const;

/** A statement of a repository policy: it names no resource. */
export function grantTo(principal: unknown, changes: object = {}): object {
  return { Effect: 'Allow', Principal: principal, Action: 'ecr:*', ...changes };
}
