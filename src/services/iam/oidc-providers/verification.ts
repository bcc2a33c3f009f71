// Every OIDC provider: its issuer is a URL that may be one and has its name, its lists are lists.

import { type Findings, settled } from '#core/findings.ts';
import { failure } from '../failure.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { parseProviderUrl } from './provider-url.ts';
import { findProvider, type OidcProviderRow, walkProviders } from './tables.ts';

const remedy = 'Delete the provider and create it again (DeleteOpenIDConnectProvider, CreateOpenIDConnectProvider).';

export async function verifyProviders(store: IamStore, findings: Findings): Promise<void> {
  const tables = store.database.tables<IamTables>();
  for (const { account_id, name } of await walkProviders(tables)) {
    findings.count('OIDC providers');
    const look = async () => {
      const row = await findProvider(tables, account_id, name);
      return row === undefined ? [] : failure(() => requireProvider(row));
    };
    for (const what of await settled(look)) {
      findings.damage({ subject: `OIDC provider arn:aws:iam::${account_id}:oidc-provider/${name}`, what, remedy });
    }
  }
}

function requireProvider({ issuer, name, client_ids, thumbprints }: OidcProviderRow): void {
  // Loopback without TLS is a matter of the configuration, not of the row.
  if (parseProviderUrl(issuer, true).name !== name) throw new Error(`its issuer is ${issuer}, which has another name`);
  if (!isTextList(client_ids, /./)) throw new Error('its client ids are no list of texts');
  if (!isTextList(thumbprints, /^[0-9a-f]{40}$/)) throw new Error('its thumbprints are no list of thumbprints');
}

function isTextList(json: string, form: RegExp): boolean {
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) && list.every((one) => typeof one === 'string' && form.test(one));
}
