// How answers spell where a registry is: the public URL for home, a host name of the first domain for every other.

import { type RegistryRef, sameRegistry } from '#core/account.ts';
import type { Addresses } from '#core/addresses.ts';

export interface AddressOptions {
  readonly home: RegistryRef;
  /** Scheme, host and port under which clients reach the site, without a trailing slash. */
  readonly publicUrl: string;
  readonly domain: string;
  /** True when the domain was configured: then the home registry has a host name of its own as well. */
  readonly domainIsGiven: boolean;
}

export function openAddresses(options: AddressOptions): Addresses {
  const { protocol, host, port } = new URL(options.publicUrl);
  const hostOf = (registry: RegistryRef) => {
    if (sameRegistry(registry, options.home) && !options.domainIsGiven) return host;
    const name = `${registry.accountId}.dkr.ecr.${registry.region}.${options.domain}`;
    return port === '' ? name : `${name}:${port}`;
  };
  const proxyEndpoint = (registry: RegistryRef) => `${protocol}//${hostOf(registry)}`;
  return {
    proxyEndpoint,
    repositoryUri: (registry, name) => `${hostOf(registry)}/${name}`,
    downloadUrl: (registry, token) => `${proxyEndpoint(registry)}/layers/${token}`,
  };
}
