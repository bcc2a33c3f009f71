// QuarantineAccessKey, ReleaseAccessKey: a key that has leaked is refused from the next request on, whatever happens.

import { type Caller, registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import type { SallyportRooms } from './rooms.ts';

export interface QuarantineAccessKeyInput {
  readonly accessKeyId: string;
  /** For the audit and the log; never told to who uses the key. */
  readonly reason?: string;
}

/** What the key has led to, sessions and registry tokens, ends as well. */
export const quarantineAccessKey: Operation<QuarantineAccessKeyInput, object, SallyportRooms> = {
  kind: 'write',
  needs: ({ accessKeyId }, caller) => [need('sallyport:QuarantineAccessKey', keyArn(caller, accessKeyId))],
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ accessKeyId, reason = 'compromised' }, { accountId, principal }, { quarantine, revocations }) {
    if (!(await quarantine.put(accountId, accessKeyId, reason, principal.arn))) throw unknown(accessKeyId);
    await revocations.revoke(accountId, { kind: 'key', value: accessKeyId, madeBy: principal.arn });
    return {};
  },
};

export const releaseAccessKey: Operation<Pick<QuarantineAccessKeyInput, 'accessKeyId'>, object, SallyportRooms> = {
  kind: 'write',
  needs: ({ accessKeyId }, caller) => [need('sallyport:ReleaseAccessKey', keyArn(caller, accessKeyId))],
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ accessKeyId }, { accountId }, { quarantine }) {
    if (await quarantine.release(accountId, accessKeyId)) return {};
    throw new DomainError('no-such-entity', `Access key ${accessKeyId} is not in quarantine in this account.`, {});
  },
};

/** `arn:aws:sallyport:<region>:<account>:access-key/<id>`. */
export function keyArn(caller: Caller, accessKeyId: string): string {
  const { region, accountId } = registryOf(caller);
  return `arn:aws:sallyport:${region}:${accountId}:access-key/${accessKeyId}`;
}

function unknown(accessKeyId: string): DomainError {
  return new DomainError('no-such-entity', `No access key ${accessKeyId} is known in this account.`, {});
}
