// Fuzzes the policy language: parsed or refused whatever comes, and decided as a second, naive evaluator decides.

import fc from 'fast-check';
import { compilePolicy } from '../../../src/access/compile.ts';
import { conditionContext } from '../../../src/access/context.ts';
import { evaluate, type PolicySet } from '../../../src/access/evaluate.ts';
import { PolicySyntaxError, parsePolicy } from '../../../src/access/parse.ts';
import { compiledDocuments } from '../../../src/access/testing/compiled-documents.ts';
import { naivelyAllowed } from '../../../src/access/testing/naive-evaluator.ts';
import { policyOf, request } from '../../../src/access/testing/principals.ts';
import { documentSets, requests } from '../../../src/access/testing/random-policies.ts';
import { damaged, type Fuzz, fuzzer } from './fuzz.ts';

const texts = damaged(
  documentSets.map(({ identity, resource }) => JSON.stringify(identity[0] ?? resource ?? {})),
  '{}[]",:*?$\\aA \u0000',
);
const star = '*?a$\\{}ab';

export const policyFuzzers: readonly Fuzz[] = [
  fuzzer('policies: whatever the text, it is parsed or refused, and what is parsed can be decided', 400, () =>
    fc.property(texts, fc.constantFrom('identity' as const, 'resource' as const), (text, kind) => {
      try {
        const policy = compilePolicy(parsePolicy(text, kind), 'fuzzed');
        const set: PolicySet = kind === 'identity' ? { identity: [policy] } : { identity: [], resource: policy };
        return typeof evaluate(request(), set).allowed === 'boolean';
      } catch (error) {
        if (error instanceof PolicySyntaxError) return true;
        throw error;
      }
    }),
  ),
  fuzzer('policies: the evaluator agrees with the naive one', 400, () =>
    fc.property(requests, documentSets, (asked, documents) => {
      const { values, ...rest } = asked;
      const decision = evaluate({ ...rest, context: conditionContext(values) }, compiledDocuments(documents));
      return decision.allowed === naivelyAllowed(asked, documents);
    }),
  ),
  fuzzer('policies: no pattern takes long, whatever its stars', 100, () =>
    fc.property(
      fc.string({ unit: fc.constantFrom(...star.split('')), maxLength: 60 }),
      fc.nat(200),
      (pattern, length) => {
        const Resource = `arn:aws:ecr:us-east-1:111122223333:repository/${'*a'.repeat(20)}${pattern}b`;
        const Statement = [{ Effect: 'Allow', Action: '*', Resource }];
        const resource = `arn:aws:ecr:us-east-1:111122223333:repository/${'a'.repeat(length)}`;
        try {
          const policy = policyOf('identity', { Version: '2012-10-17', Statement });
          const startedMs = performance.now();
          evaluate(request({ resource }), { identity: [policy] });
          return performance.now() - startedMs < 500;
        } catch (error) {
          if (error instanceof PolicySyntaxError) return true;
          throw error;
        }
      },
    ),
  ),
];
