// What IAM demands of each member of the operations of accounts.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { matching, page } from '../member-constraints.ts';

/** No hyphen at either end, no two together. */
const alias: MemberConstraint = {
  length: [3, 63],
  pattern: matching(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, '^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$'),
};

export const accountConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateAccountAlias: { AccountAlias: alias },
  ListAccountAliases: page,
  DeleteAccountAlias: { AccountAlias: alias },
};
