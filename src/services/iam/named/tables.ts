// What the tables of named things have in common: finding by name, paging under a path, counting in an account.

import type { Kysely, Transaction } from 'kysely';

/** The columns of whatever has a name and a path in an account. */
interface NamedRow {
  readonly account_id: string;
  /** The name in lower case: names that differ only in case are the same name. */
  readonly name_key: string;
  readonly path: string;
}

interface NamedQuery {
  readonly accountId: string;
  readonly pathPrefix: string;
  /** The folded name of the last one seen; empty at the start. */
  readonly after: string;
  readonly limit: number;
}

/** The queries on one such table, which is among `Tables` and has rows of the type `Row`. */
export function namedTable<Tables, Row extends NamedRow>(table: keyof Tables & string) {
  type Queries = Kysely<Tables> | Transaction<Tables>;
  const inAccount = (tables: Queries, accountId: string) => {
    // Kysely types a query by the table's name, of which it knows here only that its rows are named.
    const known = tables as unknown as Kysely<{ readonly named: NamedRow }>;
    return known.selectFrom(table as 'named').where('account_id', '=', accountId);
  };
  return {
    find(tables: Queries, accountId: string, name: string): Promise<Row | undefined> {
      const found = inAccount(tables, accountId).selectAll().where('name_key', '=', name.toLowerCase());
      return found.executeTakeFirst() as Promise<Row | undefined>;
    },
    /** In the order of the folded names, after `after`, with a path that starts with `pathPrefix`. */
    list(tables: Queries, { accountId, pathPrefix, after, limit }: NamedQuery): Promise<Row[]> {
      const page = inAccount(tables, accountId)
        .selectAll()
        .where('name_key', '>', after)
        .where((row) => row.fn('substr', ['path', row.lit(1), row.val(pathPrefix.length)]), '=', pathPrefix)
        .orderBy('name_key')
        .limit(limit);
      return page.execute() as Promise<Row[]>;
    },
    async count(tables: Queries, accountId: string): Promise<number> {
      const counted = inAccount(tables, accountId).select((row) => row.fn.countAll<number>().as('count'));
      return Number((await counted.executeTakeFirst())?.count ?? 0);
    },
  };
}
