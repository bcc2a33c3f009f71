// What the handlers of the OCI door are given, and the few checks that all of them share.

import { repositoryArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import { type Digest, parseDigest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import type { Reply } from '#core/message.ts';
import { isTag } from '#core/names.ts';
import { type Need, need } from '#core/need.ts';
import type { MaybePromise, Operation } from '#core/operation.ts';
import type { ImageReference, Registry, Repository } from '#registry/registry.ts';
import type { OciMode } from '#wire/oci/errors.ts';
import type { OciInput } from '#wire/oci/oci-format.ts';
import type { PageTokens } from '#wire/paging.ts';

export interface OciRooms {
  readonly registry: Registry;
  readonly mode: OciMode;
  readonly pageTokens: PageTokens;
}

export type OciOperation = Operation<OciInput, Reply, OciRooms>;

/** One need per action on the repository of the request. */
export function needsOn(...actions: readonly string[]): (input: OciInput, caller: Caller) => readonly Need[] {
  return (input) => {
    const arn = repositoryArn(input.registry, input.repositoryName);
    return actions.map((action) => need(action, arn));
  };
}

/** The repository of the request. Throws repository-not-found. */
export function repositoryOf(input: OciInput, rooms: OciRooms): MaybePromise<Repository> {
  return rooms.registry.repositories.get(input.registry, input.repositoryName);
}

/** Throws digest-invalid; in ECR's mode sha512 is not known. */
export function requireDigest(text: string, mode: OciMode): Digest {
  const digest = parseDigest(text);
  if (digest !== undefined && (mode === 'strict' || digest.startsWith('sha256:'))) return digest;
  throw new DomainError('digest-invalid', 'The digest is malformed or its algorithm is not supported.', {});
}

/** Tag or digest of a manifest path. A reference that can be neither names no image. */
export function requireReference(text: string, mode: OciMode): ImageReference {
  if (text.includes(':')) return { digest: requireDigest(text, mode) };
  if (isTag(text)) return { tag: text };
  throw imageNotFound();
}

/** In ECR's words. */
export function imageNotFound(): DomainError<'image-not-found'> {
  return new DomainError('image-not-found', 'Requested image not found', {});
}

/** A location relative to the host, so that it is right behind any proxy and under any name. */
export function locationOf(input: OciInput, ...rest: readonly string[]): string {
  return `/v2/${input.repositoryName}/${rest.join('/')}`;
}

/** requestParameters of the audit record: what the request names, never what it carries. */
export function auditRequest(member?: string): (input: OciInput) => Record<string, unknown> {
  return (input) => {
    const named = { registryId: input.registry.accountId, repositoryName: input.repositoryName };
    return member === undefined ? named : { ...named, [member]: input.reference };
  };
}

/** The AWS name under which an operation is audited; bodies and headers are no part of the record. */
export function audited(eventName: string, member?: string): NonNullable<OciOperation['audit']> {
  return { eventName, request: auditRequest(member), response: () => null };
}
