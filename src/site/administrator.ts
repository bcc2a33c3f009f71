// The first start's administrator, whose only secret goes to the profile files; and profiles that point at this site.

import { type ProfileTarget, repointProfiles, writeProfile } from '#cli/aws-profile.ts';
import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';
import type { Iam } from '#services/iam/open-iam.ts';

interface SiteAddress {
  readonly url: string;
  readonly authority: string | undefined;
}

/** First start: an administrator. Every start: profiles point here. */
export async function writeAdministrator(config: Config, iam: Iam, home: RegistryRef, site: SiteAddress) {
  const target = targetOf(config, site);
  await repointProfiles(config.data, target);
  const users = await iam.rooms.users.list(home.accountId, { pathPrefix: '/', after: '', limit: 1 });
  if (users.length > 0) return;
  const profile = { name: 'default', ...target };
  await iam.accounts.createAdministrator(home.accountId, (key) => writeProfile(config.data, profile, key));
}

/** A certificate of the operator's own fits the public name, and hardly the address listened on. */
function targetOf(config: Config, { url, authority }: SiteAddress): ProfileTarget {
  const endpointUrl = typeof config.tls === 'object' ? (config.publicUrl ?? url) : url;
  return { region: config.region, regions: config.regions, endpointUrl, authority };
}
