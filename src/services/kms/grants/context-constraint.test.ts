// That a grant is found by every request that meets it, whatever the contexts are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anchorOf, anchorsFor, type ContextConstraint, isMet, isNoWeaker } from './context-constraint.ts';

/** Few names and values, so that contexts have much in common. */
const contexts = fc.dictionary(fc.constantFrom('a', 'A', 'b', 'c', '__proto__'), fc.constantFrom('1', '2', ''), {
  maxKeys: 4,
});
const constraints: fc.Arbitrary<ContextConstraint | undefined> = fc.option(
  fc.record({
    type: fc.constantFrom('EncryptionContextEquals', 'EncryptionContextSubset'),
    context: contexts.filter((context) => Object.keys(context).length > 0),
  }),
  { nil: undefined },
);

test('what meets a constraint finds it by its anchor', () => {
  let met = 0;
  fc.assert(
    fc.property(constraints, contexts, (constraint, context) => {
      if (!isMet(constraint, context)) return;
      met += 1;
      assert.ok(anchorsFor(context).includes(anchorOf(constraint)));
    }),
    // Names that differ in case alone are one name.
    { numRuns: 2000, examples: [[{ type: 'EncryptionContextEquals', context: { a: '1', A: '1' } }, { a: '1' }]] },
  );
  assert.ok(met > 100, `${met} met`);
});

test('a constraint that is no weaker lets nothing through that the other does not', () => {
  let stricter = 0;
  fc.assert(
    fc.property(constraints, constraints, contexts, (child, parent, context) => {
      if (!isNoWeaker(child, parent)) return;
      stricter += 1;
      if (isMet(child, context)) assert.ok(isMet(parent, context));
    }),
    { numRuns: 5000 },
  );
  assert.ok(stricter > 100, `${stricter} stricter`);
});

test('names count in any case, values and their number to the letter', () => {
  const equals: ContextConstraint = { type: 'EncryptionContextEquals', context: { App: 'web', stage: 'test' } };
  assert.equal(isMet(equals, { stage: 'test', app: 'web' }), true);
  assert.equal(isMet(equals, { stage: 'test', app: 'Web' }), false);
  assert.equal(isMet(equals, { app: 'web' }), false);
  assert.equal(isMet({ ...equals, type: 'EncryptionContextSubset' }, { APP: 'web', stage: 'test', more: '' }), true);
  assert.equal(isMet(undefined, {}), true);
  assert.equal(isNoWeaker(undefined, equals), false);
  assert.equal(isNoWeaker({ ...equals, type: 'EncryptionContextSubset' }, equals), false);
  assert.equal(isNoWeaker(equals, undefined), true);
});
