// The management listener of a site, and how the address of a listener is written.

import type { SecureContextOptions } from 'node:tls';
import type { Config } from '#config/config.ts';
import { type Listener, listen } from '#edge/listener.ts';
import { type Checks, type MetricsPage, openManagement } from '#edge/management.ts';
import { isLoopback } from './safe-plaintext.ts';

/** Plain on loopback, where whoever looks is on this machine; beyond it as the public listener. */
export async function openManagementListener(
  config: Config,
  metrics: MetricsPage,
  checks: Checks,
  publicTls: SecureContextOptions | undefined,
) {
  const address = config.managementListen;
  if (address === 'off') return undefined;
  const secure = isLoopback(address.host) ? undefined : publicTls;
  const handle = openManagement(metrics, checks);
  const listener = await listen({ ...address, secure, handle, connections: config.connections });
  return { listener, isSecure: secure !== undefined };
}

/** Where a client on this machine reaches a listener. */
export function urlOf({ host, port }: Listener, isSecure: boolean): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${isSecure ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
