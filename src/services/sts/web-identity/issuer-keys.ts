// The keys of identity providers, kept in memory: asked for again when they are old or one is missing, but not often.

import { LRUCache } from 'lru-cache';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { IdentityProvider } from '#core/ports/identity-providers.ts';
import type { IssuerClient } from './issuer-client.ts';
import { type KeySet, readKeySet } from './key-set.ts';
import { noKey } from './refusals.ts';

export interface IssuerKeys {
  /**
   * The provider's keys, asked for anew where `keyId` is not among them. Strangers can make us ask no more often than
   * every `issuerRetryMs`. Throws identity-token-invalid and identity-provider-unreachable.
   */
  keysOf(provider: IdentityProvider, keyId: string | undefined): Promise<KeySet>;
}

/** What is known of one provider. Times are monotonic milliseconds. */
interface Known {
  keys?: KeySet;
  keysAtMs: number;
  askedAtMs: number;
  failure?: unknown;
  /** Several tokens at once ask once. */
  asking?: Promise<void>;
}

export function openIssuerKeys(client: IssuerClient, clock: Clock): IssuerKeys {
  const cache = new LRUCache<string, Known>({ max: limits.issuersCachedMax });

  const ask = async (known: Known, provider: IdentityProvider): Promise<void> => {
    known.askedAtMs = clock.monotonicMs();
    try {
      known.keys = await fetchKeys(client, provider);
      known.keysAtMs = clock.monotonicMs();
      delete known.failure;
    } catch (error) {
      known.failure = error;
    }
  };

  const isToAsk = (known: Known, keyId: string | undefined): boolean => {
    const nowMs = clock.monotonicMs();
    if (nowMs - known.askedAtMs < limits.issuerRetryMs) return false;
    if (known.keys === undefined || nowMs - known.keysAtMs >= limits.issuerKeysFreshMs) return true;
    return keyId !== undefined && !known.keys.keyIds.has(keyId);
  };

  return {
    async keysOf(provider, keyId) {
      const name = nameOf(provider);
      const never = Number.NEGATIVE_INFINITY;
      const known = cache.get(name) ?? { keysAtMs: never, askedAtMs: never };
      cache.set(name, known);
      if (known.asking === undefined && isToAsk(known, keyId)) {
        known.asking = ask(known, provider).finally(() => delete known.asking);
      }
      await known.asking;
      const isUsable = clock.monotonicMs() - known.keysAtMs <= limits.issuerKeysStaleMs;
      if (known.keys !== undefined && isUsable) return known.keys;
      throw known.failure ?? noKey(`${provider.issuer}: its keys are too old`);
    },
  };
}

/** Whom a server must prove to be is part of it: a provider with other thumbprints has to be asked again. */
function nameOf({ arn, issuer, thumbprints }: IdentityProvider): string {
  return [arn, issuer, ...thumbprints].join(' ');
}

/** OpenID Connect Discovery 1.0 §4: the document must be about this very issuer. */
async function fetchKeys(client: IssuerClient, { issuer, thumbprints }: IdentityProvider): Promise<KeySet> {
  const place = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { issuer: named, jwks_uri: keysUrl } = ((await client.getJson(place, thumbprints)) ?? {}) as Discovery;
  if (named !== issuer) throw noKey(`${place}: it is about another issuer`);
  if (typeof keysUrl !== 'string') throw noKey(`${place}: it has no jwks_uri`);
  return readKeySet(await client.getJson(keysUrl, thumbprints), keysUrl);
}

interface Discovery {
  readonly issuer?: unknown;
  readonly jwks_uri?: unknown;
}
