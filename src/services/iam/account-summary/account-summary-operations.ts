// GetAccountSummary: how much of IAM the account uses.

import type * as Iam from '@aws-sdk/client-iam';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import type { IamRooms } from '../rooms.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html */
const getAccountSummary = operation<typeof Iam, 'GetAccountSummary', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:GetAccountSummary', '*')],
  async handle(_input, { accountId }, { accountSummary }) {
    return { SummaryMap: await accountSummary.of(accountId) };
  },
});

export const accountSummaryOperations = { GetAccountSummary: getAccountSummary };
