// A key that is made while the root key is replaced waits for the new one to stand, and is not refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom as random } from '#core/random.ts';
import { openTestKms } from '../testing/open-test-kms.ts';
import { newRootKey } from './root-key.ts';
import { changeStandingRoot, noteStandingRoot } from './tables.ts';
import { rootIdOf } from './wrapping.ts';

for (const [when, begin, end] of [
  ['before it stands in the database', 'here', 'database'],
  ['after it stands in the database', 'database', 'here'],
] as const) {
  test(`a key is made under the new root key, which a process gets ${when}`, async (context) => {
    const { roots, tables, newKey, close } = await openTestKms();
    context.after(close);
    const [old, next] = [roots.current(), newRootKey(random)];
    await noteStandingRoot(tables, { root_id: old.id, site_key_id: 'site', since_ms: 1 });
    // Its registry's own key is made first, as it would wait too.
    await newKey();
    const steps = {
      here: async () => roots.replace([next, old]),
      database: () => changeStandingRoot(tables, next.id, 2),
    };
    await steps[begin]();
    let isMade = false;
    const making = newKey().then((key) => {
      isMade = true;
      return key;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isMade, false);
    await steps[end]();
    const { keyId } = await making;
    const row = await tables
      .selectFrom('kms_key_material')
      .select('wrapped')
      .where('key_id', '=', keyId)
      .executeTakeFirstOrThrow();
    assert.equal(rootIdOf(row.wrapped), next.id);
  });
}
