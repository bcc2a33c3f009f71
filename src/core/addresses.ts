// How a registry is reached from outside: the configured public names and URLs, as answers spell them.

import type { RegistryRef } from './account.ts';

export interface Addresses {
  /** `<host>/<name>`, without scheme: what docker pulls. */
  repositoryUri(registry: RegistryRef, name: string): string;
  /** `https://<host>`: scheme included, no trailing slash. */
  proxyEndpoint(registry: RegistryRef): string;
  /** The absolute URL at which a download token gives one layer. */
  downloadUrl(registry: RegistryRef, token: string): string;
}
