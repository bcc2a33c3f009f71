// The operation GetKeyLastUsage: what a key did last, and since when that is known.

import { onKey } from '../keys/key-operation.ts';

const getKeyLastUsage = onKey('GetKeyLastUsage', {
  kind: 'read',
  async handle(_input, key, { usage }) {
    const last = await usage.last(key);
    const KeyCreationDate = new Date(key.createdAtMs);
    return {
      KeyId: key.arn,
      ...(last && {
        KeyLastUsage: { Operation: last.operation, Timestamp: new Date(last.atMs), KmsRequestId: last.requestId },
      }),
      // Every use since a key was made is known.
      TrackingStartDate: KeyCreationDate,
      KeyCreationDate,
    };
  },
});

export const keyUsageOperations = { GetKeyLastUsage: getKeyLastUsage };
