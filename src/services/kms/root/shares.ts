// A share as its holder has it: one line with the root's id, how many are needed, its number, and a sum against slips.

import { createHash } from 'node:crypto';
import { WrongSecretError } from './provider.ts';
import type { SharePoint } from './secret-sharing.ts';

export interface Share extends SharePoint {
  /** Of the root key that it is of. */
  readonly rootId: string;
  readonly threshold: number;
}

const form = /^sallyport-share-([0-9a-f]{16})-([0-9]{1,3})-([0-9]{1,3})-([0-9a-f]{64})-([0-9a-f]{8})$/;

export function writeShare({ rootId, threshold, index, bytes }: Share): string {
  const text = `sallyport-share-${rootId}-${threshold}-${index}-${bytes.toString('hex')}`;
  return `${text}-${sumOf(text)}`;
}

/** Throws WrongSecretError, which never holds the text. */
export function readShare(text: string): Share {
  const line = text.trim().toLowerCase();
  const [, rootId, threshold, index, hex, sum] = form.exec(line) ?? [];
  if (rootId === undefined || hex === undefined) {
    throw new WrongSecretError('This is no share: a share is one line that begins with sallyport-share-.');
  }
  if (sumOf(line.slice(0, line.lastIndexOf('-'))) !== sum) {
    throw new WrongSecretError(`Share ${index} was not copied right: its sum does not fit.`);
  }
  return { rootId, threshold: Number(threshold), index: Number(index), bytes: Buffer.from(hex, 'hex') };
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
