// Reading members of unknown JSON: each function gives the member in its type, or refuses the manifest.

import { type Digest, parseDigest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** ECR's refusal of a manifest. */
export function manifestInvalid(constraint: string): DomainError<'manifest-invalid'> {
  const message = `Invalid parameter at 'ImageManifest' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('manifest-invalid', message, {});
}

export function objectAt(value: unknown, where: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw manifestInvalid(`${where} must be an object`);
  }
  return value as JsonObject;
}

/** The array at a member that has to be there; `null` counts as empty, as Go's encoders write an empty list. */
export function arrayAt(parent: JsonObject, member: string): readonly unknown[] {
  const value = ownMember(parent, member);
  if (value === null) return [];
  if (!Array.isArray(value)) throw manifestInvalid(`${member} must be an array`);
  return value;
}

/** A string, or undefined when the member is left out or null. */
export function optionalString(parent: JsonObject, member: string): string | undefined {
  const value = ownMember(parent, member);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw manifestInvalid(`${member} must be a string`);
  return value;
}

export function digestAt(parent: JsonObject, member: string): Digest {
  const value = ownMember(parent, member);
  const digest = typeof value === 'string' ? parseDigest(value) : undefined;
  if (digest === undefined) throw manifestInvalid(`${member} must be a sha256 or sha512 digest`);
  return digest;
}

export function sizeAt(parent: JsonObject, member: string): number {
  const value = ownMember(parent, member);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw manifestInvalid(`${member} must be a whole number from 0 to 2^53-1`);
  }
  return value;
}

/** A map from strings to strings, or undefined when the member is left out or null. */
export function optionalStringMap(parent: JsonObject, member: string): Readonly<Record<string, string>> | undefined {
  const value = ownMember(parent, member);
  if (value === undefined || value === null) return undefined;
  const map = objectAt(value, member);
  for (const key of Object.keys(map)) {
    if (typeof map[key] !== 'string') throw manifestInvalid(`${member} must map strings to strings`);
  }
  return map as Readonly<Record<string, string>>;
}

/** What the object itself has, never what it inherits. */
export function ownMember(parent: JsonObject, member: string): unknown {
  return Object.hasOwn(parent, member) ? parent[member] : undefined;
}
