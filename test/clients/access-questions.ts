// Who may what, asked at both doors: of the API by the aws CLI, of the registry with a token of the same caller.

import assert from 'node:assert/strict';
import type { ClientSite } from './client-site.ts';

export const repositories = ['red/app', 'blue/app'] as const;

const digest = `sha256:${'0'.repeat(64)}`;
const actions = ['ListImages', 'InitiateLayerUpload', 'BatchDeleteImage'] as const;

type Action = (typeof actions)[number];

export type Environment = Readonly<Record<string, string>>;

/** How the answer ends; undefined where it is allowed. */
export type Refusal = string | undefined;

export interface Caller {
  readonly arn: string;
  readonly env: Environment;
  /** For each action what is answered for the red and for the blue repository. */
  readonly expected: Readonly<Record<Action, readonly [red: Refusal, blue: Refusal]>>;
}

export const denied = 'with an explicit deny in an identity-based policy';

/** How many questions each caller is asked. */
export const questionsEach = actions.length * repositories.length * 2;

/** How many questions were put. */
export async function asksBothDoors(site: ClientSite, caller: Caller): Promise<number> {
  const { env } = caller;
  const password = (await site.run('aws', ['ecr', 'get-login-password'], { env })).stdout.trim();
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
  let asked = 0;
  for (const action of actions) {
    for (const [place, repository] of repositories.entries()) {
      const refusal = caller.expected[action][place];
      const { code, stderr } = await site.run('aws', ecrCall(action, repository), { env, codes: [0, 254, 255] });
      checkAnswer(caller, action, repository, refusal, code === 0 ? undefined : stderr);
      const { method, path } = ociCall(action, repository);
      const answer = await fetch(`${site.server.url}${path}`, { method, headers: { authorization } });
      const text = await answer.text();
      checkAnswer(caller, action, repository, refusal, answer.status === 403 ? text : undefined);
      asked += 2;
    }
  }
  return asked;
}

function checkAnswer(caller: Caller, action: Action, repository: string, refusal: Refusal, told: string | undefined) {
  const what = `${caller.arn} ${action} ${repository}: ${told ?? 'allowed'}`;
  if (refusal === undefined) {
    assert.equal(told, undefined, what);
    return;
  }
  const subject = `User: ${caller.arn} is not authorized to perform: ecr:${action} on resource: arn:aws:ecr:us-east-1:`;
  assert.ok(told !== undefined && told.includes(subject), what);
  assert.ok(told.includes(`:repository/${repository} ${refusal}`), what);
  assert.ok(refusal === denied || told.includes(`${refusal}ecr:${action} action`), what);
}

function ecrCall(action: Action, repository: string): readonly string[] {
  const named = ['--repository-name', repository];
  if (action === 'ListImages') return ['ecr', 'list-images', ...named];
  if (action === 'InitiateLayerUpload') return ['ecr', 'initiate-layer-upload', ...named];
  return ['ecr', 'batch-delete-image', ...named, '--image-ids', `imageDigest=${digest}`];
}

function ociCall(action: Action, repository: string): { readonly method: string; readonly path: string } {
  if (action === 'ListImages') return { method: 'GET', path: `/v2/${repository}/tags/list` };
  if (action === 'InitiateLayerUpload') return { method: 'POST', path: `/v2/${repository}/blobs/uploads/` };
  return { method: 'DELETE', path: `/v2/${repository}/manifests/${digest}` };
}
