// Sessions at their largest: what they make still opens, and what is remembered of them is bounded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller, Principal, Session } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { systemRandom } from '#core/random.ts';
import { openSessions } from './sessions.ts';
import { accessKeyId, callFor, principal, sampleSite, startMs } from './testing/sample-site.ts';

const hourMs = 3_600_000;
const text = (length: number) => systemRandom.bytes(length).toString('base64').slice(0, length);

/** Tags that no packing makes smaller, as many as fit. */
function fullestTags(packedBytes: (tags: Record<string, string>) => number): Record<string, string> {
  const tags: Record<string, string> = {};
  for (;;) {
    const more = { ...tags, [text(60)]: text(60) };
    if (packedBytes(more) > limits.packedPolicyBytesMax) return tags;
    Object.assign(tags, more);
  }
}

test('the fullest session makes registry and download tokens that open, and fit in a header and a URL', async () => {
  const { identity } = sampleSite();
  const tags = fullestTags((own) => identity.sessions.packedBytes({ tags: own }));
  const madeWith = Array.from({ length: limits.sessionKeysMax }, () => `ASIA${text(16)}`);
  const arn = `arn:aws:iam::${principal.accountId}:role/${text(512)}/${text(64)}`;
  const session: Session = {
    issuedAtMs: startMs,
    expiresAtMs: startMs + hourMs,
    sourceAddress: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    role: { roleId: `AROA${text(17)}`, arn, name: text(64) },
    sourceIdentity: text(64),
    madeWith,
    tags,
    transitiveTagKeys: Object.keys(tags),
  };
  const own: Principal = { ...principal, kind: 'assumed-role', arn: `${arn}/${text(64)}`, session };
  const issued = identity.sessions.issue({ principal: own, session });
  assert.ok(issued.sessionToken.length <= limits.tokenBytesMax, `${issued.sessionToken.length} characters`);
  const call = callFor();
  const region = call.registry.region;
  const caller: Caller = { principal: own, accountId: own.accountId, region, accessKeyId, credential: 'sigv4', call };
  const { token } = identity.tokens.registryToken(caller, hourMs);
  const authorization = `Basic ${Buffer.from(`AWS:${token}`).toString('base64')}`;
  assert.equal((await identity.byRegistryToken(authorization, call)).principal.arn, own.arn);
  const grant = { registry: call.registry, repositoryName: text(256), digest: `sha256:${'0'.repeat(64)}` };
  const download = identity.tokens.downloadToken(caller, grant, hourMs);
  assert.ok(download.token.length + '/layers/'.length <= limits.urlBytesMax, `${download.token.length} characters`);
  assert.equal((await identity.byDownloadToken(download.token, call)).principal.arn, own.arn);
});

test('opened tokens are remembered up to a number of bytes', () => {
  const sessions = openSessions(Buffer.alloc(32, 7), systemRandom);
  const session: Session = { issuedAtMs: startMs, expiresAtMs: startMs + hourMs, sourceAddress: '127.0.0.1' };
  const issue = () => sessions.issuer.issue({ principal, session, tokenCharsMin: 4096 }).sessionToken;
  const first = issue();
  const opened = sessions.open(first);
  assert.equal(sessions.open(first), opened, 'the identical object');
  for (let bytes = 0; bytes < limits.openedTokensBytesMax; bytes += 4096) sessions.open(issue());
  assert.notEqual(sessions.open(first), opened);
  assert.deepEqual(sessions.open(first), opened);
});
