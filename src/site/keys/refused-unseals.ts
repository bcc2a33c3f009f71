// Unseals that were refused while nothing could be recorded: when and why, in a file, until the audit's key is here.

import { join } from 'node:path';
import type { Random } from '#core/random.ts';
import { hostFolder } from '#services/cloudtrail/audit-chains.ts';
import { readPrivateFile, removePrivateFile, replacePrivateFile } from '#services/kms/root/private-files.ts';

export interface RefusedUnseal {
  readonly atMs: number;
  readonly rootKeyId: string;
  readonly provider: string;
  readonly from: string;
  /** The sentence that was told: it never holds what was given. */
  readonly why: string;
}

export interface RefusedUnseals {
  readonly refused: readonly RefusedUnseal[];
  /** How many came after those. */
  readonly more: number;
}

/** Somebody who guesses on and on fills no disk. */
const keptMax = 100;
const fileBytesMax = 64 * 1024;
const whyCharsMax = 200;
const none: RefusedUnseals = { refused: [], more: 0 };

export async function readRefusedUnseals(dataFolder: string): Promise<RefusedUnseals> {
  const text = await readPrivateFile(fileOf(dataFolder), fileBytesMax, 'The list of refused unseals');
  if (text === undefined) return none;
  return parse(text) ?? { ...none, more: 1 };
}

/** Durable once this is over. To be called by one at a time, who holds the data folder. */
export async function noteRefusedUnseal(dataFolder: string, refusal: RefusedUnseal, random: Random): Promise<void> {
  const { refused, more } = await readRefusedUnseals(dataFolder);
  const why = refusal.why.slice(0, whyCharsMax);
  const isKept = refused.length < keptMax && more === 0;
  const next = isKept ? { refused: [...refused, { ...refusal, why }], more } : { refused, more: more + 1 };
  await replacePrivateFile(fileOf(dataFolder), JSON.stringify(next), random.uuid());
}

/** Once they are recorded. */
export async function forgetRefusedUnseals(dataFolder: string): Promise<void> {
  await removePrivateFile(fileOf(dataFolder));
}

function fileOf(dataFolder: string): string {
  return join(hostFolder(dataFolder), 'refused-unseals.json');
}

/** Undefined for anything that was not written here. */
function parse(text: string): RefusedUnseals | undefined {
  try {
    const { refused, more } = JSON.parse(text) as Partial<RefusedUnseals>;
    const isOurs = Array.isArray(refused) && refused.length <= keptMax && refused.every(isRefusal);
    const isCount = typeof more === 'number' && Number.isSafeInteger(more) && more >= 0;
    return isOurs && isCount ? { refused, more } : undefined;
  } catch {
    return undefined;
  }
}

function isRefusal(value: unknown): value is RefusedUnseal {
  if (typeof value !== 'object' || value === null) return false;
  const { atMs, rootKeyId, provider, from, why } = value as Partial<RefusedUnseal>;
  const isTime = typeof atMs === 'number' && Math.abs(atMs) <= 8.64e15;
  return isTime && [rootKeyId, provider, from, why].every((text) => typeof text === 'string');
}
