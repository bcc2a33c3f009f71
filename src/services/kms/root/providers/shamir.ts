// The root key in the hands of several people: nowhere on the disk, and back once enough of them give their shares.

import { timingSafeEqual } from 'node:crypto';
import type { Random } from '#core/random.ts';
import { type RootProvider, RootSealedError, WrongSecretError } from '../provider.ts';
import { checkOf, type RootKey } from '../root-key.ts';
import { combine, split } from '../secret-sharing.ts';
import { readShare, type Share, writeShare } from '../shares.ts';

export interface ShamirOptions {
  /** What was given so far. */
  readonly shares: () => readonly Share[];
}

/** Shares of a key, each a line for one holder. */
export function sharesOf(key: RootKey, threshold: number, count: number, random: Random): readonly string[] {
  return split(key.bytes, threshold, count, random).map((point) => {
    const line = writeShare({ ...point, rootId: key.id, threshold });
    point.bytes.fill(0);
    return line;
  });
}

export function shamirProvider({ shares }: ShamirOptions, threshold = 2, count = 3): RootProvider {
  return {
    async keep(key) {
      const fields = new Map([
        ['threshold', String(threshold)],
        ['shares', String(count)],
        ['check', checkOf(key).toString('hex')],
      ]);
      return { id: key.id, provider: 'shamir', fields };
    },
    async open({ id, fields }) {
      const needed = Number(fields.get('threshold'));
      const given = shares();
      if (given.length < needed) {
        const text = `The site is sealed: ${given.length} of ${needed} shares have been given (sallyport unseal).`;
        throw new RootSealedError(text);
      }
      const key = { id, bytes: combine(given.slice(0, needed)) };
      if (timingSafeEqual(checkOf(key), Buffer.from(fields.get('check') ?? '', 'hex'))) return key;
      key.bytes.fill(0);
      throw new WrongSecretError(
        'These shares do not fit together: one of them is not genuine. Give all of them again.',
      );
    },
  };
}

/** The share, if it is one of this root and not here yet. Throws WrongSecretError. */
export function takeShare(text: string, rootId: string, given: readonly Share[]): Share {
  const share = readShare(text);
  if (share.rootId !== rootId) {
    throw new WrongSecretError(
      `Share ${share.index} is of the root key ${share.rootId}; needed are those of ${rootId}.`,
    );
  }
  if (share.index < 1 || share.index > 255) throw new WrongSecretError(`There is no share ${share.index}.`);
  if (given.some(({ index }) => index === share.index)) {
    throw new WrongSecretError(`Share ${share.index} has been given already.`);
  }
  return share;
}
