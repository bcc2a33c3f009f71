// A call of the AWS API in a life of the site: what it means by its answer, by the name of its refusal, or by neither.

import type { ECRClient } from '@aws-sdk/client-ecr';
import type { KMSClient } from '@aws-sdk/client-kms';
import { absent } from '../checking/register.ts';
import type { SeededRandom } from '../driving/seeded-random.ts';
import {
  any,
  type KeyEntry,
  type KeyOperation,
  type KeyRegisterKind,
  pending,
  pendingWithout,
} from './key-register.ts';
import type { KeySession, KnownKey } from './key-world.ts';
import type { Sign } from './own-door.ts';

export interface KeyClient {
  readonly session: KeySession;
  readonly kms: KMSClient;
  readonly ecr: ECRClient;
  readonly sign: Sign;
  readonly random: SeededRandom;
}

interface Answered {
  readonly $metadata: { readonly requestId?: string | undefined };
}

interface Refusal extends Error {
  readonly $metadata?: { readonly requestId?: string; readonly httpStatusCode?: number };
}

export interface Call<Output> {
  readonly name: string;
  /** A write owes a record whatever it is answered; reads are queued. */
  readonly kind: 'read' | 'write';
  readonly send: () => Promise<Output>;
  /** What may have happened where no answer comes. */
  readonly unanswered?: readonly KeyEntry[];
  readonly done: (output: Output) => readonly KeyEntry[];
  /** By the name of the error: every other one is a violation. */
  readonly refused: Readonly<Record<string, readonly KeyEntry[]>>;
}

/** The output; undefined when it was refused. Throws Gone when no answer came. */
export async function call<Output extends Answered>(
  session: KeySession,
  { name, kind, send, unanswered = [], done, refused }: Call<Output>,
): Promise<Output | undefined> {
  let output: Output | undefined;
  const attempt = async () => {
    try {
      output = await send();
      return { requestId: output.$metadata.requestId, answer: '' };
    } catch (error) {
      const { name: refusal, $metadata } = error as Refusal;
      const isRefusal = ($metadata?.httpStatusCode ?? 0) >= 400 && refused[refusal] !== undefined;
      if (!isRefusal) throw error;
      return { requestId: $metadata?.requestId, answer: refusal };
    }
  };
  const entries = (answer: string) => (output === undefined ? (refused[answer] ?? []) : done(output));
  if (kind === 'write') await session.call(name, unanswered, attempt, entries);
  else await session.noted(unanswered, attempt, ({ answer }) => entries(answer));
  return output;
}

export function entry(kind: KeyRegisterKind, repository: string, name: string, operation: KeyOperation): KeyEntry {
  return { kind, repository, name, operation };
}

export function keyIs({ keyId }: Pick<KnownKey, 'keyId'>, ...states: readonly string[]): KeyEntry {
  return entry('key', keyId, '', { kind: 'among', states });
}

export function keyIsNot({ keyId }: Pick<KnownKey, 'keyId'>, ...states: readonly string[]): KeyEntry {
  return entry('key', keyId, '', { kind: 'none of', states });
}

/** What KMS's refusals of a use say of the key. */
export function refusalsOfUse(key: KnownKey): Readonly<Record<string, readonly KeyEntry[]>> {
  return {
    DisabledException: [keyIs(key, 'Disabled')],
    KMSInvalidStateException: [keyIs(key, pending, pendingWithout, 'PendingImport')],
    ...refusalOfMissing(key),
  };
}

export function refusalOfMissing(key: KnownKey): Readonly<Record<string, readonly KeyEntry[]>> {
  return { NotFoundException: [keyIs(key, absent)] };
}

/** A register that is set, whatever it held. */
export function put(kind: KeyRegisterKind, repository: string, name: string, value: string, answer?: 'done'): KeyEntry {
  return entry(kind, repository, name, { kind: 'move', moves: { [any]: value, [absent]: value }, answer });
}
