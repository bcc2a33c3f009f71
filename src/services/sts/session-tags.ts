// The tags of a session: those that the call gives, and those that the session it came with hands on.

import type { Session } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { invalid } from './refusals.ts';

export interface TagInput {
  readonly Tags?: ReadonlyArray<{ readonly Key: string; readonly Value: string }>;
  readonly TransitiveTagKeys?: readonly string[];
}

type Tags = Pick<Session, 'tags' | 'transitiveTagKeys'>;

/** What a chained session inherits; empty without any. */
export function inheritedTags(from: Session | undefined): Readonly<Record<string, string>> {
  const keys = new Set(from?.transitiveTagKeys ?? []);
  return Object.fromEntries(Object.entries(from?.tags ?? {}).filter(([key]) => keys.has(key)));
}

/** Keys compare without case. Throws validation-failed. */
export function sessionTags(input: TagInput, from: Session | undefined): Tags {
  const { Tags = [], TransitiveTagKeys = [] } = input;
  const inherited = inheritedTags(from);
  requireOwnKeys(Tags.map(({ Key }) => Key));
  const spelt = new Map(Tags.map(({ Key }) => [fold(Key), Key]));
  const handedOn = new Set(Object.keys(inherited).map(fold));
  if (Tags.some(({ Key }) => handedOn.has(fold(Key)))) {
    throw invalid(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the " +
        'calling session.',
    );
  }
  const transitive = TransitiveTagKeys.map((key) => {
    const own = spelt.get(fold(key));
    if (own === undefined) {
      throw invalid('The specified transitive tag key must be included in the requested tags.');
    }
    return own;
  });
  const tags = { ...inherited, ...Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])) };
  const count = Object.keys(tags).length;
  if (count > limits.sessionTagsMax) {
    throw invalid(`A session has at most ${limits.sessionTagsMax} tags, inherited ones included: these are ${count}.`);
  }
  const transitiveTagKeys = [...new Set([...Object.keys(inherited), ...transitive])];
  return {
    ...(count === 0 ? {} : { tags }),
    ...(transitiveTagKeys.length === 0 ? {} : { transitiveTagKeys }),
  };
}

function requireOwnKeys(keys: readonly string[]): void {
  if (new Set(keys.map(fold)).size < keys.length) {
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  const reserved = keys.find((key) => fold(key).startsWith('aws:'));
  if (reserved !== undefined) throw invalid(`Tag keys that begin with aws: are reserved: ${reserved}`);
}

function fold(key: string): string {
  return key.toLowerCase();
}
