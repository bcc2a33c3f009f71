// DescribeRegistry: the settings of the caller's registry as a whole.

import type * as Ecr from '@aws-sdk/client-ecr';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import type { EcrRooms } from './rooms.ts';

export const describeRegistry = operation<typeof Ecr, 'DescribeRegistry', EcrRooms>({
  kind: 'read',
  needs: () => [need('ecr:DescribeRegistry', '*')],
  errors: ['invalid-parameter'],
  handle: (_input, caller) => ({
    registryId: caller.accountId,
    replicationConfiguration: { rules: [] },
  }),
});
