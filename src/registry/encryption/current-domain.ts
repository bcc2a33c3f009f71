// Writes go to the domain that the repository has in the very transaction: what was made for another is made again.

import type { Database } from '#stores/sql/database.ts';
import type { Repository } from '../registry.ts';
import { rereadRepository } from './content-domains.ts';

/** Thrown inside a transaction, which it rolls back: the repository's key has changed since it was read. */
export class DomainChangedError extends Error {
  constructor() {
    super('the repository is written under another key by now');
    this.name = 'DomainChangedError';
  }
}

/** A move begins or turns round when somebody says so: twice in one request is much already. */
const triesMax = 4;

/** Runs `work` with the repository, and again with the current one as long as its key has changed meanwhile. */
export async function underCurrentDomain<Result>(
  database: Database,
  repository: Repository,
  work: (current: Repository) => Result | Promise<Result>,
): Promise<Result> {
  let current = repository;
  for (let tries = 1; ; tries += 1) {
    try {
      return await work(current);
    } catch (error) {
      if (!(error instanceof DomainChangedError) || tries === triesMax) throw error;
    }
    current = await rereadRepository(database, repository);
  }
}
