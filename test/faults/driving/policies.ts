// Repository policies, set, removed and read through the AWS API: a register like any other.

import {
  DeleteRepositoryPolicyCommand,
  type ECRClient,
  GetRepositoryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import type { Entry } from '../checking/history.ts';
import { absent, type RegisterOperation } from '../checking/register.ts';
import type { Session } from './session.ts';

function policyEntry(repository: string, operation: RegisterOperation): Entry {
  return { kind: 'policy', repository, name: '', operation };
}

/** One that differs from all others and takes nothing from the administrator. */
function policyText(version: string): string {
  const principal = { AWS: '*' };
  const statement = { Sid: version, Effect: 'Allow', Principal: principal, Action: 'ecr:BatchGetImage' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

export async function setPolicy(session: Session, client: ECRClient, repositoryName: string): Promise<void> {
  const version = `version${session.world.nextNumber()}`;
  const entries = [policyEntry(repositoryName, { kind: 'put', value: version })];
  const command = new SetRepositoryPolicyCommand({ repositoryName, policyText: policyText(version) });
  const send = async () => ({ requestId: (await client.send(command)).$metadata.requestId, answer: undefined });
  await session.call(`SetRepositoryPolicy ${version}`, entries, send, () => entries);
}

export async function deletePolicy(session: Session, client: ECRClient, repositoryName: string): Promise<void> {
  const removal = (found: boolean | undefined) => [policyEntry(repositoryName, { kind: 'remove', found })];
  const send = async () => {
    try {
      const { $metadata } = await client.send(new DeleteRepositoryPolicyCommand({ repositoryName }));
      return { requestId: $metadata.requestId, answer: true };
    } catch (error) {
      return { requestId: requestIdOfMissing(error), answer: false };
    }
  };
  await session.call('DeleteRepositoryPolicy', removal(undefined), send, removal);
}

export async function readPolicy(session: Session, client: ECRClient, repositoryName: string): Promise<void> {
  const send = async () => {
    try {
      const { policyText: text = '' } = await client.send(new GetRepositoryPolicyCommand({ repositoryName }));
      return /version\d+/.exec(text)?.[0] ?? text;
    } catch (error) {
      requestIdOfMissing(error);
      return absent;
    }
  };
  await session.noted([], send, (value) => [policyEntry(repositoryName, { kind: 'read', value })]);
}

/** Any other error means that no answer came. */
function requestIdOfMissing(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'RepositoryPolicyNotFoundException') throw error;
  return (error as { readonly $metadata?: { readonly requestId?: string } }).$metadata?.requestId;
}
