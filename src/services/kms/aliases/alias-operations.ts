// CreateAlias, UpdateAlias, DeleteAlias, ListAliases. Each change needs the right to the alias and to its keys.

import type * as Kms from '@aws-sdk/client-kms';
import { type Caller, registryOf } from '#core/caller.ts';
import { type Need, need } from '#core/need.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { keyNeed } from '../keys/key-need.ts';
import { onKey } from '../keys/key-operation.ts';
import { findTarget, requireKey } from '../keys/key-reference.ts';
import { pageOf, within } from '../paging.ts';
import { recorded } from '../recorded.ts';
import type { KmsRooms } from '../rooms.ts';
import { type Alias, aliasArn, requireAliasName } from './aliases.ts';

function aliasNeed(action: string, name: string, caller: Caller): Need {
  const context = { 'kms:CallerAccount': caller.accountId };
  return { ...need(`kms:${action}`, aliasArn(registryOf(caller), name)), context };
}

const createAlias = onKey('CreateAlias', {
  kind: 'write',
  errors: ['kms-alias-exists', 'kms-alias-name-invalid', 'kms-limit-exceeded', 'kms-key-state-invalid'],
  keyIn: ({ TargetKeyId }) => TargetKeyId,
  alsoNeeds: ({ AliasName }, caller) => [aliasNeed('CreateAlias', AliasName, caller)],
  async handle({ AliasName }, key, { aliases }, caller) {
    requireAliasName(AliasName);
    await aliases.create(registryOf(caller), AliasName, key);
    return {};
  },
});

const updateAlias = onKey('UpdateAlias', {
  kind: 'write',
  errors: ['kms-limit-exceeded', 'kms-key-state-invalid'],
  keyIn: ({ TargetKeyId }) => TargetKeyId,
  async alsoNeeds({ AliasName }, caller, { records }) {
    const onAlias = aliasNeed('UpdateAlias', AliasName, caller);
    if (!AliasName.startsWith('alias/')) return [onAlias];
    const registry = registryOf(caller);
    const current = await findTarget(records, AliasName, { registry, takesAliases: true });
    return current.key === undefined ? [onAlias] : [onAlias, keyNeed('UpdateAlias', current, caller)];
  },
  async handle({ AliasName }, key, { aliases }, caller) {
    requireAliasName(AliasName);
    await aliases.move(registryOf(caller), AliasName, key);
    return {};
  },
});

const deleteAlias = onKey('DeleteAlias', {
  kind: 'write',
  errors: ['kms-key-state-invalid'],
  takesAliases: true,
  keyIn: ({ AliasName }) => AliasName,
  alsoNeeds: ({ AliasName }, caller) => [aliasNeed('DeleteAlias', AliasName, caller)],
  async handle({ AliasName }, _key, { aliases }, caller) {
    requireAliasName(AliasName);
    await aliases.remove(registryOf(caller), AliasName);
    return {};
  },
});

const listAliases = operation<typeof Kms, 'ListAliases', KmsRooms>({
  kind: 'read',
  // One right for a whole registry's aliases, as AWS has it, also where a key is named.
  needs: (_input, { accountId }) => [{ ...need('kms:ListAliases', '*'), context: { 'kms:CallerAccount': accountId } }],
  errors: ['kms-key-not-found', 'kms-arn-invalid', 'kms-marker-invalid'],
  audit: { request: recorded },
  async handle(input, caller, rooms) {
    const registry = registryOf(caller);
    const { items, ...page } = await pageOf(rooms, input, {
      scope: `ListAliases ${registry.accountId} ${registry.region} ${input.KeyId ?? ''}`,
      limitDefault: 50,
      read: await readerOf(input, caller, rooms),
      keyOf: ({ name }) => name,
    });
    const Aliases = items.map((alias) => ({
      AliasName: alias.name,
      AliasArn: aliasArn(registry, alias.name),
      ...(alias.keyId !== undefined && { TargetKeyId: alias.keyId }),
      ...(alias.createdAtMs !== undefined && { CreationDate: new Date(alias.createdAtMs) }),
      ...(alias.updatedAtMs !== undefined && { LastUpdatedDate: new Date(alias.updatedAtMs) }),
    }));
    return { Aliases, ...page };
  },
});

async function readerOf({ KeyId }: InputOf<typeof Kms, 'ListAliases'>, caller: Caller, rooms: KmsRooms) {
  const registry = registryOf(caller);
  if (KeyId === undefined) return (after: string, limit: number) => rooms.aliases.list(registry, after, limit);
  const key = requireKey(await findTarget(rooms.records, KeyId, { registry, takesAliases: false }));
  const all = key.accountId === registry.accountId ? await rooms.aliases.listOf(key) : [];
  return within<Alias>(all, ({ name }) => name);
}

export const keyAliasOperations = {
  CreateAlias: createAlias,
  UpdateAlias: updateAlias,
  DeleteAlias: deleteAlias,
  ListAliases: listAliases,
};
