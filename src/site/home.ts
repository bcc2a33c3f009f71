// The home account of a site, made by the first start.

import type { Config } from '#config/config.ts';
import { type AccountId, parseAccountId, type RegistryRef } from '#core/account.ts';
import type { Iam } from '#services/iam/open-iam.ts';

/** The oldest account is home; a new site makes one. All others get the role by which home's callers come in. */
export async function openHome(config: Config, iam: Iam): Promise<RegistryRef> {
  const region = config.region as RegistryRef['region'];
  const [first] = await iam.accounts.list();
  if (first !== undefined) {
    if (config.account !== undefined && config.account !== first.accountId) {
      throw new Error(`The data folder belongs to account ${first.accountId}, not to ${config.account} as configured.`);
    }
    await iam.accounts.bootstrap();
    return { accountId: first.accountId, region };
  }
  const wanted: AccountId | undefined = parseAccountId(config.account ?? '');
  const home = await iam.accounts.create(wanted === undefined ? { name: 'home' } : { name: 'home', accountId: wanted });
  return { accountId: home.accountId, region };
}
