// The sockets of a site: TLS or plain as configured, the public listener, the management listener. What answers on them
// changes: nothing of the site is open while it is sealed.

import type { Socket } from 'node:net';
import type { Config } from '#config/config.ts';
import type { ConnectionFeed } from '#edge/fed-connections.ts';
import { listen } from '#edge/listener.ts';
import { trustOf } from '#edge/origins.ts';
import { readCertificate, watchCertificate } from '#edge/tls.ts';
import { openManagementListener, urlOf } from './management-listener.ts';
import type { Platform } from './stores.ts';
import { prepareTls, renewTls } from './tls.ts';
import { openTurnout, type Served } from './turnout.ts';

export interface ListenersOptions {
  readonly config: Config;
  readonly platform: Platform;
  /** False where another process of the site does. */
  readonly renewsCertificate: boolean;
  /** Set where another process of the site accepts the connections. */
  readonly feed?: ConnectionFeed | undefined;
  readonly log: (line: string) => void;
}

export interface Listeners {
  readonly url: string;
  readonly managementUrl: string | undefined;
  readonly authority: string | undefined;
  readonly secureTransport: boolean;
  /** Who the PROXY protocol says is connected; undefined without it. */
  sourceOf(socket: Socket): string | undefined;
  /** Who answers requests from now on; those that run go on where they began. */
  serve(served: Served): void;
  served(): Served;
  /** Resolves once none runs that began before the last change of who answers, or after so long. */
  drained(withinMs: number): Promise<void>;
  close(graceMs: number): Promise<void>;
}

export async function openSiteListeners(options: ListenersOptions, first: Served): Promise<Listeners> {
  const { config, log } = options;
  const { proxies } = config;
  const tls = await prepareTls(config, options.platform);
  const stopRenewal = options.renewsCertificate ? renewTls(config, options.platform, log) : undefined;
  const turnout = openTurnout(first);
  const secure = tls.files && readCertificate(tls.files);
  const listener = await listen({
    ...config.listen,
    secure,
    feed: options.feed,
    handle: turnout.handle,
    connections: config.connections,
    proxyProtocol: proxies.proxyProtocol ? { isTrusted: trustOf(proxies.trusted) } : undefined,
  });
  let isStopping = false;
  const serving = { name: 'serving', isReady: () => !isStopping };
  const checks = () => [serving, ...turnout.served().checks];
  const metrics = { text: () => turnout.served().metrics.text() };
  const management = await openManagementListener(config, metrics, checks, secure).catch(async (error: unknown) => {
    await listener.close(0);
    throw error;
  });
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
    url: urlOf(listener, secure !== undefined),
    managementUrl: management && urlOf(management.listener, management.isSecure),
    authority: tls.authority,
    secureTransport: secure !== undefined,
    sourceOf: (socket) => listener.sourceOf(socket),
    ...{ serve: turnout.serve, served: turnout.served, drained: turnout.drained },
    async close(graceMs) {
      isStopping = true;
      stopRenewal?.();
      unwatch?.();
      await listener.close(graceMs);
      await management?.listener.close(0);
    },
  };
}
