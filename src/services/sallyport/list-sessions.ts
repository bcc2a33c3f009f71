// ListSessions: sessions and registry tokens that were issued and have not expired, and whether they still count.

import { type Caller, registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import type { IssuedProof } from '#core/ports/session-standing.ts';
import { isInRange, parseAddress, parseRange } from '#std/ip-addresses.ts';
import type { Issued } from './issued/issued.ts';
import { type PageInput, pageOf } from './paging.ts';
import { revocablePrincipal } from './revocable-principal.ts';
import type { SallyportRooms } from './rooms.ts';

/** Which sessions are meant; everything that is given must hold. */
export interface SessionSelector {
  /** The ARN or unique id of a user, role, root or session. */
  readonly principal?: string;
  /** A key that led to it, or its own. */
  readonly accessKeyId?: string;
  /** A session's key id, or a registry token's id. */
  readonly sessionId?: string;
  /** The address that it was issued to, or a range in CIDR notation. */
  readonly sourceAddress?: string;
  /** Issued at this time or earlier. */
  readonly issuedBefore?: Date;
}

export type ListSessionsInput = SessionSelector & PageInput;

export interface SessionView {
  readonly sessionId: string;
  readonly kind: string;
  readonly principalArn: string;
  readonly principalId: string;
  /** The key with which it was made; a session's own for sessions. */
  readonly accessKeyId: string;
  readonly sourceAddress: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** Why it does not count any more. */
  readonly ended?: string;
}

export interface ListSessionsOutput {
  readonly sessions: readonly SessionView[];
  readonly nextToken?: string;
}

export const listSessions: Operation<ListSessionsInput, ListSessionsOutput, SallyportRooms> = {
  kind: 'read',
  needs: (_input, caller) => [need('sallyport:ListSessions', sessionArn(caller, '*'))],
  errors: ['validation-failed', 'invalid-next-token'],
  async handle(input, { accountId }, { issued, standing, principals, pageTokens }) {
    const { maxResults: _max, nextToken: _next, ...selector } = input;
    const isMeant = await selectorTest(selector, accountId, principals);
    const found = (await issued.list(accountId))
      .filter(isMeant)
      .toSorted((one, two) => (keyOf(one) < keyOf(two) ? -1 : 1));
    const scope = `ListSessions ${accountId} ${JSON.stringify(selector)}`;
    const { items, nextToken } = await pageOf(pageTokens, scope, input, {
      read: async (after, limit) => found.filter((one) => keyOf(one) > after).slice(0, limit),
      keyOf,
    });
    const sessions = await Promise.all(items.map(async (one) => view(one, await standing.endOf(one.proof))));
    return { sessions, ...(nextToken === undefined ? {} : { nextToken }) };
  },
};

/** `arn:aws:sallyport:<region>:<account>:session/<id>`. */
export function sessionArn(caller: Caller, sessionId: string): string {
  const { region, accountId } = registryOf(caller);
  return `arn:aws:sallyport:${region}:${accountId}:session/${sessionId}`;
}

const latestMs = 1e15;

/** Sorts the newest first, and is each one's own. */
function keyOf({ id, proof }: Issued): string {
  return `${String(latestMs - proof.issuedAtMs).padStart(16, '0')} ${id}`;
}

async function selectorTest(
  selector: SessionSelector,
  accountId: string,
  principals: SallyportRooms['principals'],
): Promise<(issued: Issued) => boolean> {
  const { principal, accessKeyId, sessionId, sourceAddress, issuedBefore } = selector;
  const principalId = principal === undefined ? undefined : await revocablePrincipal(principal, accountId, principals);
  const range = sourceAddress === undefined ? undefined : parseRange(sourceAddress);
  if (sourceAddress !== undefined && range === undefined) {
    throw new DomainError('validation-failed', `'${sourceAddress}' is no address and no range.`, {});
  }
  return ({ id, proof }) => {
    const address = parseAddress(proof.sourceAddress);
    return (
      (principalId === undefined || idsOf(proof).includes(principalId)) &&
      (accessKeyId === undefined || keysOf(proof).includes(accessKeyId)) &&
      (sessionId === undefined || sessionId === id) &&
      (range === undefined || (address !== undefined && isInRange(address, range))) &&
      (issuedBefore === undefined || proof.issuedAtMs <= issuedBefore.getTime())
    );
  };
}

function idsOf({ principal }: IssuedProof): readonly (string | undefined)[] {
  return [principal.principalId, principal.session?.role?.roleId, principal.session?.user?.userId];
}

function keysOf({ accessKeyId, principal }: IssuedProof): readonly string[] {
  return [accessKeyId, ...(principal.session?.madeWith ?? [])];
}

function view({ id, kind, proof, expiresAtMs }: Issued, ended: string | undefined): SessionView {
  return {
    sessionId: id,
    kind,
    principalArn: proof.principal.arn,
    principalId: proof.principal.principalId,
    accessKeyId: proof.accessKeyId,
    sourceAddress: proof.sourceAddress,
    issuedAt: new Date(proof.issuedAtMs),
    expiresAt: new Date(expiresAtMs),
    ...(ended === undefined ? {} : { ended }),
  };
}
