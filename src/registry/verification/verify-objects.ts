// What lies in the store beside the objects that rows name: left by a crash or about to be collected. Never damage.

import { findNamedKeys } from '../collection/tables.ts';
import { tablesOf, type VerificationOptions, walkRowsMax } from './verification.ts';

/** The objects' names come first and the rows after: what is written meanwhile may have its row by then. */
export async function verifyObjects(options: VerificationOptions): Promise<void> {
  let keys: string[] = [];
  const judge = async () => {
    const named = await findNamedKeys(tablesOf(options), keys);
    for (const key of keys) {
      if (named.has(key)) continue;
      options.findings.count('stray objects');
      options.findings.note(`object ${key} belongs to nothing: collection removes it once its grace is over`);
    }
    keys = [];
  };
  for await (const { key } of options.blobs.list('')) {
    keys.push(key);
    if (keys.length === walkRowsMax) await judge();
  }
  await judge();
}
