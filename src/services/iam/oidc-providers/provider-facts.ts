// What stands beside an OIDC provider when access to it is decided: its tags.

import type { AccountId } from '#core/account.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { listTags } from '../tags/tables.ts';
import { findProvider } from './tables.ts';

/** `ofOthers` answers for everything else of IAM. */
export function openProviderFacts(store: IamStore, ofOthers: PolicySource['ofResource']): PolicySource['ofResource'] {
  const tables = store.database.tables<IamTables>();
  const ofProvider = async (arn: string, accountId: AccountId, name: string) => {
    if ((await findProvider(tables, accountId, name)) === undefined) return undefined;
    const tags = Object.fromEntries((await listTags(tables, arn)).map(({ key, value }) => [key, value]));
    return { accountId, policy: undefined, tags };
  };
  return (arn, action) => {
    const [, accountId, name] = /^arn:aws:iam::(\d{12}):oidc-provider\/(.+)$/.exec(arn) ?? [];
    if (accountId === undefined || name === undefined) return ofOthers(arn, action);
    return ofProvider(arn, accountId as AccountId, name);
  };
}
