// RevokeSessions: ends sessions and registry tokens that were issued until now, on the next request of every process.

import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import type { RevocationKind } from '#core/ports/session-revoker.ts';
import { type SessionSelector, sessionArn } from './list-sessions.ts';
import { revocablePrincipal } from './revocable-principal.ts';
import type { SallyportRooms } from './rooms.ts';

/** Exactly one of principal, accessKeyId, sessionId, sourceAddress and `all`. */
export interface RevokeSessionsInput extends SessionSelector {
  /** Everything of the account. */
  readonly all?: boolean;
}

export interface RevokeSessionsOutput {
  readonly kind: string;
  readonly value: string;
  /** What was issued at this time or earlier has ended. */
  readonly issuedBefore: Date;
}

export const revokeSessions: Operation<RevokeSessionsInput, RevokeSessionsOutput, SallyportRooms> = {
  kind: 'write',
  needs: ({ sessionId }, caller) => [need('sallyport:RevokeSessions', sessionArn(caller, sessionId ?? '*'))],
  errors: ['validation-failed', 'invalid-input'],
  async handle(input, { accountId, principal }, { revocations, principals, clock }) {
    const [kind, given] = chosen(input);
    const value = kind === 'principal' ? await revocablePrincipal(given, accountId, principals) : given;
    const beforeMs = input.issuedBefore?.getTime() ?? clock.nowMs();
    if (beforeMs > clock.nowMs())
      throw invalid('issuedBefore lies in the future: what is issued later would end as well.');
    const { before_ms } = await revocations.revoke(accountId, { kind, value, beforeMs, madeBy: principal.arn });
    return { kind, value, issuedBefore: new Date(before_ms) };
  },
};

function chosen(input: RevokeSessionsInput): readonly [kind: RevocationKind, value: string] {
  const { principal, accessKeyId, sessionId, sourceAddress, all } = input;
  const choices: ReadonlyArray<readonly [RevocationKind, string | undefined]> = [
    ['principal', principal],
    ['key', accessKeyId],
    ['session', sessionId],
    ['source', sourceAddress],
    ['all', all === true ? '' : undefined],
  ];
  const [first, ...more] = choices.flatMap(([kind, value]) => (value === undefined ? [] : [[kind, value] as const]));
  if (first !== undefined && more.length === 0) return first;
  throw invalid('Say exactly one of principal, accessKeyId, sessionId, sourceAddress and all.');
}

function invalid(message: string): DomainError {
  return new DomainError('validation-failed', message, {});
}
