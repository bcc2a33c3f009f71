// What a token asks for its session: tags, and the identity of who is behind it (STS's own two claims).

import { invalidToken } from './refusals.ts';
import type { SentToken } from './token.ts';

export interface Wishes {
  readonly Tags: ReadonlyArray<{ readonly Key: string; readonly Value: string }>;
  readonly TransitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
}

const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const sourceIdentityText = /^[\w+=,.@-]{2,64}$/;

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html, "Passing session tags using
 * AssumeRoleWithWebIdentity": `{"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]}`. Throws
 * identity-token-invalid.
 */
export function wishesIn({ claims }: SentToken): Wishes {
  const { principal_tags, transitive_tag_keys } = record(claims['https://aws.amazon.com/tags']);
  const Tags = Object.entries(record(principal_tags)).map(([Key, value]) => ({ Key, Value: tagValue(value) }));
  if (Tags.some(({ Key }) => Key === '' || Key.length > 128 || !tagText.test(Key))) throw wrongTags();
  const sourceIdentity = claims['https://aws.amazon.com/source_identity'];
  const wishes = { Tags, TransitiveTagKeys: texts(transitive_tag_keys) };
  if (sourceIdentity === undefined) return wishes;
  if (typeof sourceIdentity !== 'string' || !sourceIdentityText.test(sourceIdentity)) {
    throw invalidToken('The source identity in the token is not valid.');
  }
  return { ...wishes, sourceIdentity };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongTags();
  return value as Readonly<Record<string, unknown>>;
}

/** A list of exactly one. */
function tagValue(value: unknown): string {
  const [only, ...more] = texts(value);
  if (only === undefined || more.length > 0 || only.length > 256 || !tagText.test(only)) throw wrongTags();
  return only;
}

function texts(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw wrongTags();
  return value;
}

function wrongTags(): Error {
  return invalidToken('The session tags in the token are not valid.');
}
