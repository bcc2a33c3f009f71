// Looks for verification: what a piece of work threw, in words; nothing when it went well.

import { PolicySyntaxError } from '#access/parse.ts';

export async function failure(work: () => unknown): Promise<readonly string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (error instanceof PolicySyntaxError) return [`it is no policy: ${error.message}`];
    return [error instanceof Error ? error.message : String(error)];
  }
}
