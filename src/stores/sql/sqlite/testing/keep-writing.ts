// A process that fills a table, with checkpoints, until its standard input ends: the other side of a test of checks.

import { openSqlite } from '../open.ts';

const [file = '', key = ''] = process.argv.slice(2);
/** Ends by itself should nobody tell it to. */
const commitsMax = 5000;

const database = await openSqlite({
  file,
  pageKey: Buffer.from(key, 'hex'),
  migrations: [
    {
      name: '0001-things',
      async up() {},
    },
  ],
});

let isEnding = false;
process.stdin.once('end', () => {
  isEnding = true;
});
process.stdin.resume();
process.stdout.write('ready\n');
interface Tables {
  readonly thing: { readonly id: number; readonly text: string };
}
for (let commit = 0; commit < commitsMax && !isEnding; commit += 1) {
  await database.transact<Tables, void>(async (transaction) => {
    const rows = Array.from({ length: 50 }, (_, index) => ({ id: commit * 50 + index, text: 'y'.repeat(3000) }));
    await transaction.insertInto('thing').values(rows).execute();
  });
  await new Promise((resolve) => setImmediate(resolve));
}
await database.close();
