// Repository policies: kept as text, refused when they are not policies, and never a trap for who sets them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEcr } from './testing/house.ts';

const repositoryName = 'app';
const registryId = '123456789012';
const statement = (effect: string, action: string, principal: unknown = '*') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'one', Effect: effect, Principal: principal, Action: action }],
  });

async function withRepository() {
  const ecr = await openEcr();
  await ecr.call('CreateRepository', { repositoryName });
  return ecr;
}

test('a policy is kept as it was written until it is removed', async () => {
  const ecr = await withRepository();
  const policyText = `${statement('Allow', 'ecr:BatchGetImage', { AWS: '210987654321' })}\n`;
  const answer = { registryId, repositoryName, policyText };
  assert.deepEqual(await ecr.call('SetRepositoryPolicy', { repositoryName, policyText }), answer);
  assert.deepEqual(await ecr.call('GetRepositoryPolicy', { repositoryName }), answer);
  assert.deepEqual(await ecr.call('DeleteRepositoryPolicy', { repositoryName }), answer);
  const refusal = {
    code: 'RepositoryPolicyNotFoundException',
    message:
      "Repository policy does not exist for the repository with name 'app' " +
      `in the registry with id '${registryId}'`,
  };
  await ecr.refuses('GetRepositoryPolicy', { repositoryName }, refusal);
  await ecr.refuses('DeleteRepositoryPolicy', { repositoryName }, refusal);
});

test('what is no policy is refused in the words that Terraform waits for', async () => {
  const ecr = await withRepository();
  const withoutPrincipal = statement('Allow', 'ecr:*').replace('"Principal":"*",', '');
  for (const policyText of ['', '{', '[]', '{"Statement":1}', withoutPrincipal, statement('Maybe', 'ecr:*')]) {
    const failure = await ecr.refuses(
      'SetRepositoryPolicy',
      { repositoryName, policyText },
      {
        code: 'InvalidParameterException',
      },
    );
    const words =
      "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'";
    assert.ok(failure.message.startsWith(words), failure.message);
  }
  await ecr.refuses('GetRepositoryPolicy', { repositoryName }, { code: 'RepositoryPolicyNotFoundException' });
  const long = { repositoryName, policyText: ' '.repeat(10_241) };
  await ecr.refuses('SetRepositoryPolicy', long, { code: 'InvalidParameterException' });
});

test('nobody locks themselves out by accident', async () => {
  const ecr = await withRepository();
  for (const policyText of [statement('Deny', 'ecr:*'), statement('Deny', 'ecr:SetRepositoryPolicy')]) {
    await ecr.refuses('SetRepositoryPolicy', { repositoryName, policyText }, { code: 'InvalidParameterException' });
    await ecr.call('SetRepositoryPolicy', { repositoryName, policyText, force: true });
  }
  ecr.users.set('AIDABOBBOBBOBBOBBOB22', 'arn:aws:iam::210987654321:user/bob');
  const others = statement('Deny', 'ecr:*', { AWS: 'arn:aws:iam::210987654321:user/bob' });
  await ecr.call('SetRepositoryPolicy', { repositoryName, policyText: others });
  await ecr.call('SetRepositoryPolicy', { repositoryName, policyText: statement('Deny', 'ecr:PutImage') });
});

test('nor from another account, where silence is a refusal too', async () => {
  const ecr = await openEcr();
  const there = { registryId: '210987654321', repositoryName };
  await ecr.call('CreateRepository', there);
  const policyText = statement('Allow', 'ecr:SetRepositoryPolicy', { AWS: '333333333333' });
  await ecr.refuses('SetRepositoryPolicy', { ...there, policyText }, { code: 'InvalidParameterException' });
  await ecr.call('SetRepositoryPolicy', { ...there, policyText, force: true });
  const ours = statement('Allow', 'ecr:SetRepositoryPolicy', { AWS: registryId });
  await ecr.call('SetRepositoryPolicy', { ...there, policyText: ours });
});

test('a missing repository', async () => {
  const ecr = await openEcr();
  const code = 'RepositoryNotFoundException';
  await ecr.refuses('SetRepositoryPolicy', { repositoryName, policyText: statement('Allow', 'ecr:*') }, { code });
  await ecr.refuses('GetRepositoryPolicy', { repositoryName }, { code });
  await ecr.refuses('DeleteRepositoryPolicy', { repositoryName }, { code });
});

test('users are kept by unique id: shown by ARN while they are there, and refused when they never were', async () => {
  const ecr = await withRepository();
  const arn = `arn:aws:iam::${registryId}:user/team/carol`;
  const id = 'AIDACAROLCAROLCAROL22';
  ecr.users.set(id, arn);
  const policyText = JSON.stringify(
    JSON.parse(statement('Allow', 'ecr:ListImages', { AWS: [arn, registryId] })),
    null,
    2,
  );
  const answer = { registryId, repositoryName, policyText };
  assert.deepEqual(await ecr.call('SetRepositoryPolicy', { repositoryName, policyText }), answer);
  assert.deepEqual(await ecr.call('GetRepositoryPolicy', { repositoryName }), answer);
  ecr.users.delete(id);
  ecr.users.set('AIDANAMESAKENAMESAK22', arn);
  const gone = await ecr.call('GetRepositoryPolicy', { repositoryName });
  assert.equal(gone.policyText, policyText.replace(arn, id));
  for (const name of [`arn:aws:iam::${registryId}:user/carol`, `arn:aws:iam::${registryId}:role/ci`, id]) {
    const unknown = { repositoryName, policyText: statement('Allow', 'ecr:ListImages', { AWS: name }) };
    const { message } = await ecr.refuses('SetRepositoryPolicy', unknown, { code: 'InvalidParameterException' });
    assert.match(message, /Invalid repository policy provided' \(line 1, column \d+: Invalid principal in policy/);
  }
});
