// How long reports stand, and how many are kept.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '#core/limits.ts';
import { testAccountId as accountId, openTestIam } from '../testing/open-test-iam.ts';

test('a credential report is made anew only after four hours, and cannot be had after them', async () => {
  const { iam, options, close } = await openTestIam();
  const { reports } = iam.rooms;
  await assert.rejects(reports.credentials(accountId), { kind: 'report-not-present' });
  assert.equal(await reports.generateCredentials(accountId), true);
  options.clock.advance(limits.credentialReportLifeMs - 1);
  assert.equal(await reports.generateCredentials(accountId), false);
  assert.equal((await reports.credentials(accountId)).madeAtMs, 0);
  options.clock.advance(1);
  await assert.rejects(reports.credentials(accountId), { kind: 'report-expired' });
  assert.equal(await reports.generateCredentials(accountId), true);
  assert.equal((await reports.credentials(accountId)).madeAtMs, limits.credentialReportLifeMs);
  await close();
});

test('of reports of last access the newest are kept, and none is shown to another account', async () => {
  const { iam, options, close } = await openTestIam();
  const { reports, users } = iam.rooms;
  await users.create({ accountId, name: 'ann', path: '/' });
  const arn = `arn:aws:iam::${accountId}:user/ann`;
  const ids: string[] = [];
  for (let count = 0; count <= limits.accessReportsMax; count += 1) {
    options.clock.advance(1);
    ids.push(await reports.generateAccess(accountId, arn, 'SERVICE_LEVEL'));
  }
  const [oldest = '', second = ''] = ids;
  await assert.rejects(reports.access(accountId, oldest), { kind: 'no-such-entity' });
  assert.deepEqual((await reports.access(accountId, second)).services, []);
  const other = await iam.accounts.create({ name: 'other' });
  await assert.rejects(reports.access(other.accountId, second), { kind: 'no-such-entity' });
  await close();
});
