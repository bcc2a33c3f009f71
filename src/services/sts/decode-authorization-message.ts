// DecodeAuthorizationMessage: the reasons behind a denial whose sentence ended with an encoded message.

import type * as Sts from '@aws-sdk/client-sts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import type { StsRooms } from './rooms.ts';

/**
 * Only the account whose principal was denied can decode it: the message tells of that account's policies.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 */
export const decodeAuthorizationMessage = operation<typeof Sts, 'DecodeAuthorizationMessage', StsRooms>({
  kind: 'read',
  needs: () => [need('sts:DecodeAuthorizationMessage', '*')],
  audit: { request: () => null },
  errors: ['validation-failed', 'invalid-authorization-message'],
  handle({ EncodedMessage }, { accountId }, { sessions }) {
    const message = messageFor(accountId, sessions.openMessage(EncodedMessage));
    if (message !== undefined) return { DecodedMessage: JSON.stringify(message) };
    throw new DomainError('invalid-authorization-message', 'The encoded message is not one that can be decoded.', {});
  },
});

/** What was sealed is ours; that it is the reasons of a denial, and of this account's, has to be seen. */
function messageFor(accountId: string, opened: unknown): object | undefined {
  if (typeof opened !== 'object' || opened === null) return undefined;
  if (!('message' in opened && 'accountId' in opened) || opened.accountId !== accountId) return undefined;
  const { message } = opened;
  return typeof message === 'object' && message !== null ? message : undefined;
}
