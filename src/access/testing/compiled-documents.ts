// Documents as the naive evaluator takes them, compiled for the real one.

import type { PolicySet } from '../evaluate.ts';
import type { Document, Documents } from './naive-evaluator.ts';
import { policyOf } from './principals.ts';

export function compiledDocuments({ identity, resource, resourceMustAllow, ...limits }: Documents): PolicySet {
  return {
    identity: compiledAll(identity),
    ...(resource === undefined ? {} : { resource: policyOf('resource', resource) }),
    ...(resourceMustAllow === undefined ? {} : { resourceMustAllow }),
    ...Object.fromEntries(Object.entries(limits).map(([member, levels]) => [member, levels.map(compiledAll)])),
  };
}

function compiledAll(list: readonly Document[]) {
  return list.map((document) => policyOf('identity', document));
}
