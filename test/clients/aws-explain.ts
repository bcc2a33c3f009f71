// The aws CLI and explanations: the policy simulators, and the encoded reasons of a denial decoded.

import assert from 'node:assert/strict';
import { ApiError, callSallyport } from '../../src/cli/client/call.ts';
import type { ClientSite } from './client-site.ts';
import type { ClientTest } from './client-test.ts';

export const awsExplain: ClientTest = {
  name: 'aws CLI: simulators and decoding',
  programs: ['aws'],
  async run(site) {
    await simulates(site);
    await decodes(site);
  },
};

const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'ecr:*', Resource: '*' },
    { Effect: 'Deny', Action: 'ecr:Delete*', Resource: '*' },
  ],
});

interface Result {
  readonly EvalActionName: string;
  readonly EvalDecision: string;
  readonly MatchedStatements: ReadonlyArray<{ readonly StartPosition: { readonly Line: number } }>;
}

async function simulates(site: ClientSite): Promise<void> {
  const actions = ['--action-names', 'ecr:PutImage', 'ecr:DeleteRepository', 'iam:GetUser'];
  const custom = await site.aws('iam', 'simulate-custom-policy', '--policy-input-list', policy, ...actions);
  const results = custom['EvaluationResults'] as readonly Result[];
  assert.deepEqual(
    results.map(({ EvalDecision }) => EvalDecision),
    ['allowed', 'explicitDeny', 'implicitDeny'],
  );
  assert.equal(results[1]?.MatchedStatements[0]?.StartPosition.Line, 1);
  await site.aws('iam', 'create-user', '--user-name', 'simulated');
  await site.aws(
    'iam',
    'put-user-policy',
    '--user-name',
    'simulated',
    '--policy-name',
    'own',
    '--policy-document',
    policy,
  );
  const { User } = await site.aws('iam', 'get-user', '--user-name', 'simulated');
  const source = ['--policy-source-arn', (User as { readonly Arn: string }).Arn];
  const own = await site.aws('iam', 'simulate-principal-policy', ...source, ...actions, '--max-items', '2');
  assert.deepEqual(
    (own['EvaluationResults'] as readonly Result[]).map(({ EvalDecision }) => EvalDecision),
    ['allowed', 'explicitDeny'],
  );
  const keys = await site.aws('iam', 'get-context-keys-for-principal-policy', ...source);
  assert.deepEqual(keys['ContextKeyNames'], []);
}

/** The CLI knows no operation of our own door: the denial is had from there, and decoded by the CLI. */
async function decodes(site: ClientSite): Promise<void> {
  const { AccessKey } = await site.aws('iam', 'create-access-key', '--user-name', 'simulated');
  const key = AccessKey as { readonly AccessKeyId: string; readonly SecretAccessKey: string };
  const environment = { AWS_ACCESS_KEY_ID: key.AccessKeyId, AWS_SECRET_ACCESS_KEY: key.SecretAccessKey };
  const sources = { environment, endpoint: site.server.url, dataFolder: site.server.dataFolder };
  const requestId = '00000000-0000-4000-8000-000000000000';
  const error = await callSallyport('ExplainDenial', { requestId }, sources).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof ApiError, String(error));
  const encoded = error.answer.split(' ').at(-1) ?? '';
  const { DecodedMessage } = await site.aws('sts', 'decode-authorization-message', '--encoded-message', encoded);
  const decoded = JSON.parse(String(DecodedMessage)) as { readonly allowed: boolean; readonly context: object };
  assert.equal(decoded.allowed, false);
  assert.match(JSON.stringify(decoded.context), /user\/simulated.*sallyport:ExplainDenial/);
}
