// The policy on a repository: who else may do what with it.

import type * as Ecr from '@aws-sdk/client-ecr';
import { compilePolicy } from '#access/compile.ts';
import { globalContext } from '#access/context.ts';
import { evaluate } from '#access/evaluate.ts';
import { keptByIds, shownByArns } from '#access/kept-principals.ts';
import { PolicySyntaxError, parsePolicy } from '#access/parse.ts';
import type { PrincipalName } from '#access/principal-names.ts';
import { type Caller, registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Repository } from '#registry/registry.ts';
import { operation } from '#wire/sdk.ts';
import { type EcrRooms, needOnRepository, type RepositoryInput, repositoryOf } from './rooms.ts';

const setAction = 'ecr:SetRepositoryPolicy';
const invalidPolicy = 'Invalid repository policy provided';
const everything = compilePolicy(
  parsePolicy('{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', 'identity'),
  'everything',
);

/** Replaces the whole document. Unless forced, refuses one that denies the caller the right to set the next. */
export const setRepositoryPolicy = operation<typeof Ecr, 'SetRepositoryPolicy', EcrRooms>({
  kind: 'write',
  needs: needOnRepository(setAction),
  errors: ['invalid-parameter', 'policy-invalid', 'repository-not-found'],
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const { policyText } = input;
    const policy = parseRepositoryPolicy(policyText);
    if (input.force !== true) await refuseLockOut(policy, repository, caller, rooms);
    const kept = await keptByIds(policyText, rooms.principals, invalidPrincipal);
    await rooms.registry.repositories.setPolicy(repository.registry, repository.name, kept);
    return answerOf(input, caller, policyText);
  },
});

export const getRepositoryPolicy = operation<typeof Ecr, 'GetRepositoryPolicy', EcrRooms>({
  kind: 'read',
  needs: needOnRepository('ecr:GetRepositoryPolicy'),
  errors: ['invalid-parameter', 'repository-not-found', 'repository-policy-not-found'],
  async handle(input, caller, { registry, principals }) {
    const owner = registryOf(caller, input.registryId);
    const kept = await registry.repositories.policy(owner, input.repositoryName);
    return answerOf(input, caller, await shownByArns(kept, principals));
  },
});

/** Answers the text that was removed. */
export const deleteRepositoryPolicy = operation<typeof Ecr, 'DeleteRepositoryPolicy', EcrRooms>({
  kind: 'write',
  needs: needOnRepository('ecr:DeleteRepositoryPolicy'),
  errors: ['invalid-parameter', 'repository-not-found', 'repository-policy-not-found'],
  async handle(input, caller, { registry, principals }) {
    const owner = registryOf(caller, input.registryId);
    const kept = await registry.repositories.removePolicy(owner, input.repositoryName);
    return answerOf(input, caller, await shownByArns(kept, principals));
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
    if (!(error instanceof PolicySyntaxError)) throw error;
    const hint = `line ${error.line}, column ${error.column}: ${error.message}`;
    throw policyInvalid(invalidPolicy, hint);
  }
}

/**
 * As if the caller's own policies allowed everything, for those can change: in the same account only a denial counts,
 * from another account the policy has to allow it.
 */
async function refuseLockOut(policy: ParsedPolicy, repository: Repository, caller: Caller, rooms: EcrRooms) {
  const { arn, registry, name } = repository;
  const resourceAccountId = registry.accountId;
  const tags = await rooms.registry.repositories.tags(registry, name);
  const facts = { resourceAccountId, resourceTags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) };
  const wanted = need(setAction, arn);
  const { action, resource } = wanted;
  const context = globalContext(caller, facts, wanted, rooms.clock.nowMs());
  const request = { action, resource, principal: caller.principal, resourceAccountId, context };
  const compiled = compilePolicy(policy, 'repository policy');
  if (evaluate(request, { identity: [everything], resource: compiled }).allowed) return;
  throw policyInvalid(
    'The policy would not let you set another policy; use force to set it anyway',
    `it leaves ${caller.principal.arn} without the action ${setAction}`,
  );
}

function invalidPrincipal({ name, line, column }: PrincipalName): Error {
  const hint = `line ${line}, column ${column}: Invalid principal in policy: "AWS":"${name}"`;
  return policyInvalid(invalidPolicy, hint);
}

function policyInvalid(constraint: string, hint: string): DomainError<'policy-invalid'> {
  const text = `Invalid parameter at 'PolicyText' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('policy-invalid', `${text} (${hint})`, {});
}
