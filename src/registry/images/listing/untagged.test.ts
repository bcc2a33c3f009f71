// Images that no tag refers to: whatever comes and goes, they are listed, and so are those of an older database.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { home, imageManifest, migrations, openRooms, pushOf } from '../../testing/test-images.ts';
import { type ImageTables, untaggedMigration } from '../tables.ts';

const numbers = fc.integer({ min: 0, max: 3 });
const tags = fc.constantFrom('a', 'b', 'c');
const steps = fc.oneof(
  fc.record({ kind: fc.constant('push'), number: numbers, tags: fc.uniqueArray(tags, { maxLength: 2 }) }),
  fc.record({ kind: fc.constant('remove-tag'), tag: tags, last: fc.constantFrom('keep-image', 'remove-image') }),
  fc.record({ kind: fc.constant('remove-image'), number: numbers }),
);

test('after any pushes, moves and removals, each status lists exactly its images', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 15 }), async (taken) => {
      const { repositories, images, addLayer, database } = await openRooms();
      const repository = await repositories.create(home, { name: 'app' });
      const config = addLayer(repository, '{}');
      const made = [0, 1, 2, 3].map((number) => imageManifest(config, [], { annotations: { number: String(number) } }));
      const digestOf = (number: number) => made[number]?.digest ?? assert.fail();
      const there = new Set<string>();
      const tagged = new Map<string, string>();
      for (const step of taken) {
        if ('tags' in step) {
          await images.push(repository, pushOf(made[step.number] ?? assert.fail(), ...step.tags));
          there.add(digestOf(step.number));
          for (const tag of step.tags) tagged.set(tag, digestOf(step.number));
        } else if ('tag' in step) {
          const digest = tagged.get(step.tag);
          if (digest === undefined) continue;
          await images.removeTag(repository, { tag: step.tag }, step.last);
          tagged.delete(step.tag);
          if (step.last === 'remove-image' && ![...tagged.values()].includes(digest)) there.delete(digest);
        } else if (there.delete(digestOf(step.number))) {
          await images.removeImage(repository, digestOf(step.number), 'refuse');
          for (const [tag, digest] of tagged) if (digest === digestOf(step.number)) tagged.delete(tag);
        }
      }
      const all = [...there].sort();
      const held = new Set(tagged.values());
      for (const [status, expected] of [
        ['UNTAGGED', all.filter((digest) => !held.has(digest))],
        ['TAGGED', all.filter((digest) => held.has(digest))],
      ] as const) {
        const described = await images.describeAll(repository, status, { limit: 10 });
        assert.deepEqual(
          described.items.map((item) => item.digest),
          expected,
        );
        const { items } = await images.identities(repository, status, { limit: 10 });
        assert.deepEqual([...new Set(items.map((item) => item.digest))], expected);
      }
      await database.close();
    }),
    { numRuns: 60 },
  );
});

test('a database from before the table is told which images have no tag', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-untagged-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'site.db');
  const first = await openRooms(file);
  const repository = await first.repositories.create(home, { name: 'app' });
  const config = first.addLayer(repository, '{}');
  const [without, tagged] = ['1', '2'].map((number) => imageManifest(config, [], { annotations: { number } }));
  await first.images.push(repository, pushOf(without ?? assert.fail()));
  await first.images.push(repository, pushOf(tagged ?? assert.fail(), 'latest'));
  const tables = first.database.tables<ImageTables & { schema_migration: { name: string } }>();
  await tables.schema.dropTable('image_untagged').execute();
  await tables.deleteFrom('schema_migration').where('name', '=', untaggedMigration.name).execute();
  await first.database.close();

  const older = await openSqlite({ file, migrations });
  const rows = await older.tables<ImageTables>().selectFrom('image_untagged').selectAll().execute();
  await older.close();
  assert.deepEqual(
    rows.map(({ digest }) => digest),
    [without?.digest],
  );
});
