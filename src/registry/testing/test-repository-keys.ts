// For tests of the registry alone: customer keys without KMS, each of which can be switched off, and what was asked.

import { randomUUID } from 'node:crypto';
import { DomainError } from '#core/errors.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { RepositoryKeys, RepositoryUse } from '#core/ports/repository-keys.ts';

export interface TestRepositoryKeys extends RepositoryKeys {
  /** Keys that may be used, by the name that a repository is made with, and for what. */
  readonly usable: Map<string, readonly RepositoryUse[]>;
  /** The slots that were assigned and not released, with the names of their keys. */
  readonly slots: ReadonlyMap<string, string>;
}

export function testRepositoryKeys(): TestRepositoryKeys {
  const usable = new Map<string, readonly RepositoryUse[]>();
  const slots = new Map<string, string>();
  return {
    usable,
    slots,
    async assign(_owner, { kmsKey = 'alias/aws/ecr', leaving }) {
      if (!usable.has(kmsKey)) throw refusal('NotFoundException');
      const slotId = randomUUID();
      slots.set(slotId, kmsKey);
      const domain = leaving?.kmsKey === kmsKey ? slotId.replaceAll('-', '') : kmsKey.padEnd(16, '8');
      return { slotId, kmsKey, keyDomain: domain.slice(0, 16) as KeyDomainId };
    },
    admit(slotId, use) {
      const name = slots.get(slotId) ?? '';
      return usable.get(name)?.includes(use) === true ? undefined : Promise.reject(refusal('DisabledException'));
    },
    async release(slotId) {
      slots.delete(slotId);
    },
    async retire(slotId) {
      slots.delete(slotId);
      return true;
    },
    async requireReader(slotId) {
      if (usable.get(slots.get(slotId) ?? '')?.includes('read') !== true) throw refusal('DisabledException');
    },
  };
}

function refusal(kmsError: string): DomainError<'kms-unavailable'> {
  return new DomainError('kms-unavailable', 'The key cannot be used.', { kmsError });
}
