// The sockets of a site: TLS or plain as configured, the public listener, the management listener.

import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';
import type { ConnectionFeed } from '#edge/fed-connections.ts';
import { openFlow } from '#edge/flow.ts';
import { openFront } from '#edge/front.ts';
import { listen } from '#edge/listener.ts';
import type { Check } from '#edge/management.ts';
import type { Metrics } from '#edge/metrics.ts';
import { openOrigins, trustOf } from '#edge/origins.ts';
import { readCertificate, watchCertificate } from '#edge/tls.ts';
import type { Crowd } from '#gateway/crowd.ts';
import type { Handler } from '#gateway/dispatch.ts';
import { openManagementListener, urlOf } from './management-listener.ts';
import type { Platform } from './stores.ts';
import { prepareTls, renewTls } from './tls.ts';

export interface ListenersOptions {
  readonly config: Config;
  readonly home: RegistryRef;
  readonly platform: Platform;
  readonly metrics: Metrics;
  readonly crowd: Crowd;
  readonly checks: readonly Check[];
  /** False where another process of the site does. */
  readonly renewsCertificate: boolean;
  /** Set where another process of the site accepts the connections. */
  readonly feed?: ConnectionFeed | undefined;
  readonly log: (line: string) => void;
  /** Called once the public address is known. */
  readonly openHandler: (publicUrl: string) => Handler;
}

export interface Listeners {
  readonly url: string;
  readonly managementUrl: string | undefined;
  readonly authority: string | undefined;
  close(graceMs: number): Promise<void>;
}

export async function openSiteListeners(options: ListenersOptions): Promise<Listeners> {
  const { config, log } = options;
  const { proxies } = config;
  const tls = await prepareTls(config, options.platform);
  const stopRenewal = options.renewsCertificate ? renewTls(config, options.platform, log) : undefined;
  let handler: Handler | undefined;
  const flow = openFlow(config.connections, options.platform.clock);
  const front = openFront({
    ...options.platform,
    crowd: options.crowd,
    flow,
    hosts: hostTableOf(options),
    endpoints: { endpointOf: () => undefined },
    secureTransport: tls.files !== undefined,
    origins: openOrigins(proxies),
    sourceOf: (socket) => listener.sourceOf(socket),
    // Nothing is accepted before listening, and the handler is there before the first request can be read.
    handler: (request, call) => (handler ?? notReady)(request, call),
    onFault: (error) => log(`a request broke off: ${String(error)}`),
  });
  const secure = tls.files && readCertificate(tls.files);
  const listener = await listen({
    ...config.listen,
    secure,
    feed: options.feed,
    handle: front,
    connections: config.connections,
    proxyProtocol: proxies.proxyProtocol ? { isTrusted: trustOf(proxies.trusted) } : undefined,
  });
  const url = urlOf(listener, secure !== undefined);
  handler = options.openHandler(config.publicUrl ?? url);
  let isStopping = false;
  const serving = { name: 'serving', isReady: () => !isStopping };
  const management = await openManagementListener(config, options.metrics, [serving, ...options.checks], secure).catch(
    async (error: unknown) => {
      await listener.close(0);
      throw error;
    },
  );
  const unwatch =
    tls.files &&
    watchCertificate(
      tls.files,
      (context) => {
        listener.setSecureContext(context);
        management?.listener.setSecureContext(context);
        log('the TLS certificate was reloaded');
      },
      (error) => log(`the TLS certificate stays as it was: ${(error as Error).message}`),
    );
  return {
    url,
    managementUrl: management && urlOf(management.listener, management.isSecure),
    authority: tls.authority,
    async close(graceMs) {
      isStopping = true;
      stopRenewal?.();
      unwatch?.();
      flow.close();
      await listener.close(graceMs);
      await management?.listener.close(0);
    },
  };
}

function notReady(): Promise<never> {
  return Promise.reject(new Error('the site is still opening'));
}

function hostTableOf({ config, home }: ListenersOptions) {
  const { domains, vanityHosts } = config;
  return { home, regions: new Set(config.regions), domains, vanityHosts };
}
