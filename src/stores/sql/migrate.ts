// Brings a database to this build's schema, step by step, and refuses one that a newer build has written.

import type { Kysely } from 'kysely';
import type { Database, Migration } from './database.ts';

interface MigrationTables {
  readonly schema_migration: { readonly name: string };
}

/**
 * Applies the steps that are missing, in the order of their names, each in its own transaction.
 * Throws a sentence for the operator when the database has steps that this build does not know.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const steps = migrations.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const known = new Set(steps.map((step) => step.name));
  if (known.size !== steps.length) throw new Error('two migrations have the same name');
  await database
    .tables()
    .schema.createTable('schema_migration')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .execute();
  const applied = await appliedNames(database.tables<MigrationTables>());
  refuseNewer([...applied].filter((name) => !known.has(name)));
  for (const step of steps) {
    if (!applied.has(step.name)) await apply(database, step);
  }
}

/** Steps of the database that this build does not know: a newer one wrote it. Reads only; none without the list. */
export async function newerSteps(database: Database, migrations: readonly Migration[]): Promise<readonly string[]> {
  const known = new Set(migrations.map((step) => step.name));
  const tables = database.tables<MigrationTables>();
  const names = (await tables.introspection.getTables()).map((table) => table.name);
  if (!names.includes('schema_migration')) return [];
  return [...(await appliedNames(tables))].filter((name) => !known.has(name)).toSorted();
}

async function appliedNames(tables: Kysely<MigrationTables>): Promise<ReadonlySet<string>> {
  const rows = await tables.selectFrom('schema_migration').select('name').execute();
  return new Set(rows.map((row) => row.name));
}

function refuseNewer(unknown: readonly string[]): void {
  if (unknown.length === 0) return;
  const steps = unknown.toSorted().join(', ');
  throw new Error(
    `The database was written by a newer version of Sallyport: this version does not know the schema steps ${steps}. ` +
      'Start the newer version again, or restore a backup that this version made.',
  );
}

async function apply(database: Database, step: Migration): Promise<void> {
  await database.transact<MigrationTables, void>(async (transaction) => {
    // Another process may have applied it since we looked.
    const claimed = await transaction
      .insertInto('schema_migration')
      .values({ name: step.name })
      .onConflict((conflict) => conflict.doNothing())
      .returning('name')
      .executeTakeFirst();
    if (claimed === undefined) return;
    // A step knows its own tables, not the one that lists the steps.
    await step.up(transaction as unknown as Kysely<unknown>);
  });
}
