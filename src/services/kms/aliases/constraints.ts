// What KMS demands of each member of the operations of aliases.

import type { InputConstraints } from '#wire/constraints.ts';
import { aliasName as AliasName, key, page, keyReference as TargetKeyId } from '../member-constraints.ts';

export const keyAliasConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateAlias: { AliasName, TargetKeyId },
  UpdateAlias: { AliasName, TargetKeyId },
  DeleteAlias: { AliasName },
  ListAliases: { ...key, ...page, Limit: { range: [1, 100] } },
};
