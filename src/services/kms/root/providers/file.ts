// The root key in clear in a file that only its owner may read: the default.

import type { RootProvider } from '../provider.ts';

export const fileProvider: RootProvider = {
  async keep({ id, bytes }) {
    return { id, provider: 'file', fields: new Map([['key', bytes.toString('hex')]]) };
  },
  async open({ id, fields }) {
    return { id, bytes: Buffer.from(fields.get('key') ?? '', 'hex') };
  },
};
