// The policy on a repository: who else may do what with it.

import type * as Ecr from '@aws-sdk/client-ecr';
import { compilePolicy } from '#access/compile.ts';
import { globalContext } from '#access/context.ts';
import { evaluate } from '#access/evaluate.ts';
import { parsePolicy } from '#access/parse.ts';
import { type Caller, registryOf } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { type EcrRooms, needOnRepository, type RepositoryInput, repositoryOf } from './rooms.ts';

const setAction = 'ecr:SetRepositoryPolicy';

/** Replaces the whole document. Unless forced, refuses one that denies the caller the right to set the next. */
export const setRepositoryPolicy = operation<typeof Ecr, 'SetRepositoryPolicy', EcrRooms>({
  kind: 'write',
  needs: needOnRepository(setAction),
  errors: ['invalid-parameter', 'policy-invalid', 'repository-not-found'],
  async handle(input, caller, rooms) {
    const { registry, name, arn } = await repositoryOf(input, caller, rooms);
    const { policyText } = input;
    const policy = parseRepositoryPolicy(policyText);
    if (input.force !== true) refuseLockOut(policy, arn, caller, rooms.clock);
    await rooms.registry.repositories.setPolicy(registry, name, policyText);
    return { registryId: registry.accountId, repositoryName: name, policyText };
  },
});

export const getRepositoryPolicy = operation<typeof Ecr, 'GetRepositoryPolicy', EcrRooms>({
  kind: 'read',
  needs: needOnRepository('ecr:GetRepositoryPolicy'),
  errors: ['invalid-parameter', 'repository-not-found', 'repository-policy-not-found'],
  async handle(input, caller, { registry }) {
    const owner = registryOf(caller, input.registryId);
    const policyText = await registry.repositories.policy(owner, input.repositoryName);
    return answerOf(input, caller, policyText);
  },
});

/** Answers the text that was removed. */
export const deleteRepositoryPolicy = operation<typeof Ecr, 'DeleteRepositoryPolicy', EcrRooms>({
  kind: 'write',
  needs: needOnRepository('ecr:DeleteRepositoryPolicy'),
  errors: ['invalid-parameter', 'repository-not-found', 'repository-policy-not-found'],
  async handle(input, caller, { registry }) {
    const owner = registryOf(caller, input.registryId);
    const policyText = await registry.repositories.removePolicy(owner, input.repositoryName);
    return answerOf(input, caller, policyText);
  },
});

function answerOf(input: RepositoryInput, caller: Caller, policyText: string) {
  const { accountId } = registryOf(caller, input.registryId);
  return { registryId: accountId, repositoryName: input.repositoryName, policyText };
}

type ParsedPolicy = ReturnType<typeof parsePolicy>;

/** Throws policy-invalid in ECR's words, which Terraform looks for; line and column follow them. */
function parseRepositoryPolicy(text: string): ParsedPolicy {
  try {
    return parsePolicy(text, 'resource');
  } catch (error) {
    if (error instanceof DomainError) throw policyInvalid('Invalid repository policy provided', error.message);
    throw error;
  }
}

/** Only an explicit denial counts: what the policy does not mention, the caller's own policies may still allow. */
function refuseLockOut(policy: ParsedPolicy, arn: string, caller: Caller, clock: Clock): void {
  const wanted = need(setAction, arn);
  const resource = { resourceAccountId: arn.split(':')[4] ?? '', resourceTags: {} };
  const request = {
    action: wanted.action,
    resource: wanted.resource,
    principal: caller.principal,
    resourceAccountId: resource.resourceAccountId,
    context: globalContext(caller, resource, wanted, clock.nowMs()),
  };
  const decision = evaluate(request, { identity: [], resource: compilePolicy(policy, 'repository policy') });
  if (decision.allowed || !isExplicitDeny(decision)) return;
  throw policyInvalid(
    'The policy would not let you set another policy; use force to set it anyway',
    `it denies ${caller.principal.arn} the action ${setAction}`,
  );
}

function policyInvalid(constraint: string, hint: string): DomainError<'policy-invalid'> {
  const text = `Invalid parameter at 'PolicyText' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('policy-invalid', `${text} (${hint})`, {});
}
