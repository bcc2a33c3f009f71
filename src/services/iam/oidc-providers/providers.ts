// OIDC providers: the rules, over the table.

import { type AccountId, parseAccountId } from '#core/account.ts';
import { iamArn, parseArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { IdentityProvider, IdentityProviders } from '#core/ports/identity-providers.ts';
import type { ClosedAccounts } from '../accounts/closed-accounts.ts';
import type { IamStore } from '../iam-store.ts';
import { alreadyExists, limitExceeded } from '../refusals.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { deleteTags } from '../tags/tables.ts';
import { storeTags, type Tag, tagsOf } from '../tags/tags.ts';
import type { ProviderUrl } from './provider-url.ts';
import * as rows from './tables.ts';

export interface NewProvider {
  readonly url: ProviderUrl;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: readonly Tag[];
}

export interface OidcProvider extends IdentityProvider {
  readonly createdAtMs: number;
}

export interface OidcProviders extends IdentityProviders {
  create(accountId: AccountId, provider: NewProvider): Promise<OidcProvider>;
  get(accountId: AccountId, arn: string): Promise<OidcProvider & { readonly tags: readonly Tag[] }>;
  list(accountId: AccountId): Promise<readonly OidcProvider[]>;
  /** One that is not there is no error. */
  remove(accountId: AccountId, arn: string): Promise<void>;
  /** An id that is there already is no error. */
  addClientId(accountId: AccountId, arn: string, clientId: string): Promise<void>;
  /** An id that is not there is no error. */
  removeClientId(accountId: AccountId, arn: string, clientId: string): Promise<void>;
  setThumbprints(accountId: AccountId, arn: string, thumbprints: readonly string[]): Promise<void>;
}

export function openOidcProviders(store: IamStore, closed: ClosedAccounts): OidcProviders {
  const tables = store.database.tables<IamTables>();
  const changeClientIds = (
    accountId: AccountId,
    arn: string,
    change: (clientIds: readonly string[]) => readonly string[],
  ) =>
    store.change(async (transaction) => {
      const row = await requireRow(transaction, accountId, arn);
      const clientIds = change(texts(row.client_ids));
      requireFew(clientIds);
      await rows.updateProvider(transaction, row, { client_ids: JSON.stringify(clientIds) });
    });
  return {
    findProvider: (accountId, issuer) =>
      closed.unless<OidcProvider | undefined>(accountId, undefined, async () => {
        const row = await rows.findProvider(tables, accountId, issuer.slice(issuer.indexOf('//') + 2));
        return row?.issuer === issuer ? providerOf(row) : undefined;
      }),
    create: (accountId, provider) => createProvider(store, accountId, provider),
    async get(accountId, arn) {
      const provider = providerOf(await requireRow(tables, accountId, arn));
      return { ...provider, tags: await tagsOf(tables, provider.arn) };
    },
    list: async (accountId) => (await rows.listProviders(tables, accountId)).map(providerOf),
    remove: (accountId, arn) =>
      store.change(async (transaction) => {
        await deleteTags(transaction, arn);
        await rows.deleteProvider(transaction, accountId, nameIn(accountId, arn) ?? '');
      }),
    addClientId: (accountId, arn, clientId) =>
      changeClientIds(accountId, arn, (known) => (known.includes(clientId) ? known : [...known, clientId])),
    removeClientId: (accountId, arn, clientId) =>
      changeClientIds(accountId, arn, (known) => known.filter((id) => id !== clientId)),
    setThumbprints: (accountId, arn, thumbprints) =>
      store.change(async (transaction) => {
        const row = await requireRow(transaction, accountId, arn);
        await rows.updateProvider(transaction, row, { thumbprints: JSON.stringify(thumbprintsOf(thumbprints)) });
      }),
  };
}

function createProvider(
  store: IamStore,
  accountId: AccountId,
  { url, clientIds, thumbprints, tags }: NewProvider,
): Promise<OidcProvider> {
  const { issuer, name } = url;
  const unique = [...new Set(clientIds)];
  requireFew(unique);
  const row: rows.OidcProviderRow = {
    account_id: accountId,
    name,
    issuer,
    client_ids: JSON.stringify(unique),
    thumbprints: JSON.stringify(thumbprintsOf(thumbprints)),
    created_at_ms: store.clock.nowMs(),
  };
  return store.change(async (transaction) => {
    const known = await rows.listProviders(transaction, accountId);
    if (known.some((other) => other.name === name)) throw alreadyExists(`Provider with url ${issuer}`);
    if (known.length >= limits.oidcProvidersPerAccountMax) {
      throw limitExceeded('OpenIdConnectProvidersPerAccount', limits.oidcProvidersPerAccountMax);
    }
    await rows.insertProvider(transaction, row);
    const provider = providerOf(row);
    await storeTags(transaction, provider.arn, tags);
    return provider;
  });
}

/** Throws no-such-entity. */
async function requireRow(tables: IamQueries, accountId: AccountId, arn: string): Promise<rows.OidcProviderRow> {
  const name = nameIn(accountId, arn);
  const row = name === undefined ? undefined : await rows.findProvider(tables, accountId, name);
  if (row !== undefined) return row;
  throw new DomainError('no-such-entity', `OpenIDConnect Provider not found for arn ${arn}`, {});
}

/** The ARN of a provider that is there. Throws no-such-entity. */
export async function requireProviderArn(tables: IamQueries, accountId: AccountId, arn: string): Promise<string> {
  return providerOf(await requireRow(tables, accountId, arn)).arn;
}

const kind = 'oidc-provider/';

/** The name in the ARN of a provider of the account; undefined for any other ARN. */
function nameIn(account: AccountId, arn: string): string | undefined {
  const { service, accountId = '', resource = '' } = parseArn(arn) ?? {};
  const isOwn = service === 'iam' && parseAccountId(accountId) === account && resource.startsWith(kind);
  return isOwn ? resource.slice(kind.length) : undefined;
}

function providerOf(row: rows.OidcProviderRow): OidcProvider {
  return {
    arn: iamArn(row.account_id as AccountId, 'oidc-provider', '/', row.name),
    issuer: row.issuer,
    clientIds: texts(row.client_ids),
    thumbprints: texts(row.thumbprints),
    createdAtMs: row.created_at_ms,
  };
}

function texts(json: string): readonly string[] {
  return JSON.parse(json) as readonly string[];
}

/** Throws entity-limit-exceeded. */
function requireFew(clientIds: readonly string[]): void {
  if (clientIds.length <= limits.oidcClientIdsMax) return;
  throw limitExceeded('ClientIdsPerOpenIdConnectProvider', limits.oidcClientIdsMax);
}

/** In small letters, each once. Throws invalid-input. */
function thumbprintsOf(given: readonly string[]): readonly string[] {
  const thumbprints = [...new Set(given.map((one) => one.toLowerCase()))];
  if (thumbprints.length > limits.oidcThumbprintsMax) {
    const message = `A provider has at most ${limits.oidcThumbprintsMax} thumbprints.`;
    throw new DomainError('invalid-input', message, {});
  }
  if (thumbprints.every((one) => /^[0-9a-f]{40}$/.test(one))) return thumbprints;
  throw new DomainError('invalid-input', 'A thumbprint is the SHA-1 of a certificate: 40 hexadecimal digits.', {});
}
