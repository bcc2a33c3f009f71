// Where no key can be asked for: repositories are under their registry's own key, or cannot be used.

import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import { unavailable } from './refusals.ts';

export const noRepositoryKeys: RepositoryKeys = {
  assign: () => Promise.reject(refusal()),
  admit: () => Promise.reject(refusal()),
  release: async () => undefined,
  retire: async () => false,
  requireReader: () => Promise.reject(refusal()),
};

function refusal(): Error {
  return unavailable('KeyUnavailableException', 'KMS keys cannot be used here.');
}
