// Pages of any size, one after the other, show each row once and in order, and the last of them says that it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CutPage, cutPage } from './cut-page.ts';

const lists = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 20 }).map((list) => list.sort());
const sizes = fc.integer({ min: 1, max: 7 });

/** How a list is read: exactly one row more than the page has, as tables are, or all that is left. */
const readers: Readonly<Record<string, (left: readonly string[], limit: number) => readonly string[]>> = {
  'one row too many': (left, limit) => left.slice(0, limit + 1),
  'all that is left': (left) => left,
};

for (const [how, read] of Object.entries(readers)) {
  test(`pages show everything once and in order, cut out of ${how}`, () => {
    const property = fc.property(lists, sizes, fc.boolean(), (list, limit, drops) => {
      let all: readonly string[] = list;
      const shown: string[] = [];
      let pages = 0;
      for (let after: string | undefined = ''; after !== undefined; pages += 1) {
        const from: string = after;
        const rows = read(
          all.filter((name) => name > from),
          limit,
        );
        const page: CutPage<string> = cutPage(rows, limit, (name) => `after ${name}`);
        shown.push(...page.items);
        // What was shown last goes, and the next page begins after it all the same.
        if (drops) all = all.filter((name) => name !== page.items.at(-1));
        assert.equal('next' in page, page.next !== undefined, 'the last page has no next at all');
        if (page.next !== undefined) assert.equal(page.items.length, limit, 'only the last page is not full');
        after = page.next?.slice('after '.length);
      }
      assert.deepEqual(shown, list);
      assert.equal(pages, Math.max(1, Math.ceil(list.length / limit)), 'no page is empty but the only one');
    });
    fc.assert(property);
  });
}
