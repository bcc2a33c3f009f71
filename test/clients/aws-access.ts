// The aws CLI builds users, a group, policies, roles, a boundary, MFA devices and sessions with tags and with codes;
// then questions, each put to both doors: may this caller do this to that repository? A refusal must be in AWS's words.

import assert from 'node:assert/strict';
import { buildsCallers } from './access-callers.ts';
import { buildsMfaCallers } from './access-mfa.ts';
import { asksBothDoors, questionsEach } from './access-questions.ts';
import type { ClientTest } from './client-test.ts';

export const awsAccess: ClientTest = {
  name: 'aws CLI: who may what at both doors',
  programs: ['aws'],
  async run(site) {
    const callers = [...(await buildsCallers(site)), ...(await buildsMfaCallers(site))];
    const counts = await Promise.all(callers.map((caller) => asksBothDoors(site, caller)));
    assert.deepEqual(
      counts,
      callers.map(() => questionsEach),
    );
    assert.equal(callers.length * questionsEach, 96);
  },
};
