// Pages of lists: of whatever size, they show each item once and in order, whatever is deleted in between.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKind } from '#core/errors.ts';
import { pageTokens } from '#wire/paging.ts';
import { type ListPage, type PageInput, pageOfList, pageOfTable } from './paging.ts';

const rooms = { pageTokens: pageTokens(Buffer.alloc(32, 1)) };
const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 20 }).map((list) => list.sort());

type Page = (all: readonly string[], input: PageInput) => Promise<ListPage<string>> | ListPage<string>;

const pagers: Readonly<Record<string, Page>> = {
  'a whole list': (all, input) => pageOfList(rooms, 'List/1', input, { all, keyOf: (name) => name }),
  'a table': (all, input) =>
    pageOfTable(rooms, 'List/1', input, {
      read: async (after, limit) => all.filter((name) => name > after).slice(0, limit),
      keyOf: (name) => name,
    }),
};

for (const [what, page] of Object.entries(pagers)) {
  test(`pages of ${what} show everything that stays, once and in order`, async () => {
    const property = fc.asyncProperty(
      names,
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
      async (list, size, drops) => {
        let all: readonly string[] = list;
        const shown: string[] = [];
        for (let input: PageInput | undefined = { MaxItems: size }; input !== undefined; ) {
          const { items, IsTruncated, Marker }: ListPage<string> = await page(all, input);
          assert.ok(items.length <= size);
          assert.equal(IsTruncated, Marker !== undefined);
          shown.push(...items);
          // What was shown last is deleted, and the list goes on after it all the same.
          if (drops) all = all.filter((name) => name !== items.at(-1));
          input = Marker === undefined ? undefined : { MaxItems: size, Marker };
        }
        assert.deepEqual(shown, list);
      },
    );
    await fc.assert(property);
  });

  test(`a marker of another list is not one of ${what}`, async () => {
    const Marker = rooms.pageTokens.encode('List/2', 'a');
    await assert.rejects(
      async () => page(['a', 'b'], { Marker }),
      (error) => isKind(error, 'validation-failed'),
    );
  });
}
