// The turnout: requests go on where they began, and who waits for them hears when the last one is over, well or not.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { openTurnout, type Served } from './turnout.ts';

/** Far more than a test takes: only what is drained ends the wait. */
const longMs = 60_000;

/** Answers with its name once it is let go, or fails. */
function servedAs(name: string) {
  const arrivals: Array<{ readonly goOn: () => void; readonly fail: () => void }> = [];
  const arrived = Promise.withResolvers<void>();
  const served: Served = {
    async handle(_message, response) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      arrivals.push({ goOn: resolve, fail: () => reject(new Error('it failed')) });
      arrived.resolve();
      await promise;
      response.end(name);
    },
    metrics: { text: () => name },
    checks: [],
  };
  return { served, arrivals, arrived: arrived.promise };
}

async function openServer(context: TestContext, first: Served) {
  const turnout = openTurnout(first);
  const server = createServer((message, response) => {
    turnout.handle(message, response, false).catch(() => response.destroy());
  });
  context.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  return { turnout, ask };
}

test('a request goes on where it began, and the wait for it ends with its answer', async (context) => {
  const [old, young] = [servedAs('old'), servedAs('young')];
  const { turnout, ask } = await openServer(context, old.served);
  const first = ask();
  await old.arrived;
  turnout.serve(young.served);
  assert.equal(turnout.served().metrics.text(), 'young');
  let isDrained = false;
  const drained = turnout.drained(longMs).then(() => {
    isDrained = true;
  });
  const second = ask();
  await young.arrived;
  assert.equal(isDrained, false, 'one is still under way');
  old.arrivals[0]?.goOn();
  assert.equal(await first, 'old');
  await drained;
  young.arrivals[0]?.goOn();
  assert.equal(await second, 'young');
});

test('a request that fails is over too, and its failure is the caller’s to see', async (context) => {
  const [old, young] = [servedAs('old'), servedAs('young')];
  const { turnout, ask } = await openServer(context, old.served);
  const failed = assert.rejects(ask());
  await old.arrived;
  turnout.serve(young.served);
  const drained = turnout.drained(longMs);
  old.arrivals[0]?.fail();
  await Promise.all([failed, drained]);
});

test('there is nothing to wait for when nothing runs, and no longer than was said', async (context) => {
  const old = servedAs('old');
  const { turnout, ask } = await openServer(context, old.served);
  turnout.serve(old.served);
  await turnout.drained(longMs);
  const asked = ask();
  await old.arrived;
  turnout.serve(old.served);
  await turnout.drained(1);
  old.arrivals[0]?.goOn();
  assert.equal(await asked, 'old');
});
