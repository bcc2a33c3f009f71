// The refusals about repositories, in ECR's words (ecr-api.md §2).

import type { RegistryRef } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';

function named(registry: RegistryRef, name: string): string {
  return `with name '${name}' in the registry with id '${registry.accountId}'`;
}

export function repositoryNotFound(registry: RegistryRef, name: string): DomainError<'repository-not-found'> {
  const message = `The repository with name '${name}' does not exist in the registry with id '${registry.accountId}'`;
  return new DomainError('repository-not-found', message, {});
}

export function repositoryAlreadyExists(registry: RegistryRef, name: string): DomainError<'repository-already-exists'> {
  const message = `The repository with name '${name}' already exists in the registry with id '${registry.accountId}'`;
  return new DomainError('repository-already-exists', message, {});
}

export function repositoryNotEmpty(registry: RegistryRef, name: string): DomainError<'repository-not-empty'> {
  const where = `with name '${name}' in registry with id '${registry.accountId}'`;
  const message = `The repository ${where} cannot be deleted because it still contains images`;
  return new DomainError('repository-not-empty', message, {});
}

export function repositoryPolicyNotFound(
  registry: RegistryRef,
  name: string,
): DomainError<'repository-policy-not-found'> {
  const message = `Repository policy does not exist for the repository ${named(registry, name)}`;
  return new DomainError('repository-policy-not-found', message, {});
}

/** The expression in ECR's text is an older one than the rule that is applied. */
export function repositoryNameInvalid(): DomainError<'repository-name-invalid'> {
  const expression = '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*';
  const constraint = `must satisfy regular expression '${expression}'`;
  const message = `Invalid parameter at 'repositoryName' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('repository-name-invalid', message, {});
}

export function tooManyRepositories(registry: RegistryRef): DomainError<'limit-exceeded'> {
  const message =
    `The registry with id '${registry.accountId}' already has the maximum number of repositories, ` +
    `${limits.repositoriesMax}`;
  return new DomainError('limit-exceeded', message, {});
}
