// That a call of an SDK client is refused by the right error and text.

import assert from 'node:assert/strict';

/** The clients spell some codes with a trailing `Exception` that others have not: both are the same refusal. */
export async function refusedAs(code: string, sending: Promise<unknown>, message = /./): Promise<void> {
  await assert.rejects(sending, (error: Error) => {
    assert.ok(error.name === code || error.name === `${code}Exception`, `${error.name}: ${error.message}`);
    assert.match(error.message, message);
    return true;
  });
}
