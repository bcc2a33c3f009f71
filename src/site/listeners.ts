// The sockets of a site: TLS or plain as configured, the public listener, the management listener.

import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import type { Config } from '#config/config.ts';
import type { HostPort } from '#config/name-parsers.ts';
import type { RegistryRef } from '#core/account.ts';
import { openFlow } from '#edge/flow.ts';
import { openFront } from '#edge/front.ts';
import { type Listener, listen } from '#edge/listener.ts';
import { type Check, openManagement } from '#edge/management.ts';
import type { Metrics } from '#edge/metrics.ts';
import { openSelfSigned } from '#edge/self-signed.ts';
import { type CertificateFiles, readCertificate, watchCertificate } from '#edge/tls.ts';
import type { Crowd } from '#gateway/crowd.ts';
import type { Handler } from '#gateway/dispatch.ts';
import { certificateNames } from './certificate-names.ts';
import { isLoopback } from './safe-plaintext.ts';
import type { Platform } from './stores.ts';

const renewalCheckMs = 24 * 3600 * 1000;

export interface ListenersOptions {
  readonly config: Config;
  readonly home: RegistryRef;
  readonly platform: Platform;
  readonly metrics: Metrics;
  readonly crowd: Crowd;
  readonly checks: readonly Check[];
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
  const tls = await openTls(options);
  let handler: Handler | undefined;
  const flow = openFlow(config.connections, options.platform.clock);
  const front = openFront({
    ...options.platform,
    crowd: options.crowd,
    flow,
    hosts: hostTableOf(options),
    endpoints: { endpointOf: () => undefined },
    secureTransport: tls.files !== undefined,
    // Nothing is accepted before listening, and the handler is there before the first request can be read.
    handler: (request, call) => (handler ?? notReady)(request, call),
    onFault: (error) => log(`a request broke off: ${String(error)}`),
  });
  const secure = tls.files && readCertificate(tls.files);
  const listener = await listen({ ...config.listen, secure, handle: front, connections: config.connections });
  const url = urlOf(listener, secure !== undefined);
  handler = options.openHandler(config.publicUrl ?? url);
  let isStopping = false;
  const serving = { name: 'serving', isReady: () => !isStopping };
  const management = await openManagementListener(options, [serving, ...options.checks], secure).catch(
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
      tls.stop?.();
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

interface SiteTls {
  readonly files?: CertificateFiles;
  readonly authority?: string;
  /** Ends the renewal. */
  stop?(): void;
}

async function openTls({ config, platform, log }: ListenersOptions): Promise<SiteTls> {
  const { tls } = config;
  if (tls === 'off') return {};
  if (tls !== 'self-signed') return { files: tls };
  const open = () => openSelfSigned({ folder: join(config.data, 'tls'), names: certificateNames(config), ...platform });
  const { authority, ...files } = await open();
  // A server that runs for years renews its certificate as well; the watch on the files takes it up.
  const renew = () => void open().catch((error: unknown) => log(`the certificate was not renewed: ${String(error)}`));
  const timer = setInterval(renew, renewalCheckMs).unref();
  return { files, authority, stop: () => clearInterval(timer) };
}

/** Plain on loopback, where whoever looks is on this machine; beyond it as the public listener. */
async function openManagementListener(
  { config, metrics }: ListenersOptions,
  checks: readonly Check[],
  publicTls: SecureContextOptions | undefined,
) {
  const address: HostPort | 'off' = config.managementListen;
  if (address === 'off') return undefined;
  const secure = isLoopback(address.host) ? undefined : publicTls;
  const handle = openManagement(metrics, checks);
  const listener = await listen({ ...address, secure, handle, connections: config.connections });
  return { listener, isSecure: secure !== undefined };
}

function urlOf({ host, port }: Listener, isSecure: boolean): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${isSecure ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
