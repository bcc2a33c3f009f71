// The grammar of names that both doors and the registry share (oci-distribution.md §2, ecr-api.md §3).

import { limits } from './limits.ts';

const repositoryName = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** True for 2 to 256 characters of the OCI name grammar. Bounded before the expression runs. */
export function isRepositoryName(text: string): boolean {
  if (text.length < limits.repositoryNameLengthMin || text.length > limits.repositoryNameLengthMax) return false;
  return repositoryName.test(text);
}

/** True for an OCI tag. */
export function isTag(text: string): boolean {
  return tag.test(text);
}
