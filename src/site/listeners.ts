// The sockets of a site: TLS or plain as configured, the public listener, the management listener.

import { isIP } from 'node:net';
import { join } from 'node:path';
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
import type { Platform } from './stores.ts';

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
  requireSafePlaintext(config);
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
  const unwatch =
    tls.files &&
    watchCertificate(
      tls.files,
      (context) => listener.setSecureContext(context),
      (error) => log(String(error)),
    );
  const management = await openManagementListener(options).catch(async (error: unknown) => {
    await listener.close(0);
    throw error;
  });
  return {
    url,
    managementUrl: management && urlOf(management, false),
    authority: tls.authority,
    async close(graceMs) {
      unwatch?.();
      flow.close();
      await listener.close(graceMs);
      await management?.close(0);
    },
  };
}

/** Passwords in clear beyond this machine are allowed only by somebody who wrote it down. */
function requireSafePlaintext({ listen: { host }, tls, allowPlaintext }: Config): void {
  if (tls !== 'off' || allowPlaintext || isLoopback(host)) return;
  throw new Error(
    `Refusing to listen on ${host} without TLS: passwords would travel in clear. ` +
      'Set tls (self-signed, or your certificate), or allowPlaintext: true if something in front does TLS.',
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function notReady(): Promise<never> {
  return Promise.reject(new Error('the site is still opening'));
}

function hostTableOf({ config, home }: ListenersOptions) {
  const { domains, vanityHosts } = config;
  return { home, regions: new Set(config.regions), domains, vanityHosts };
}

async function openTls(options: ListenersOptions): Promise<{ files?: CertificateFiles; authority?: string }> {
  const { config, platform } = options;
  const { tls } = config;
  if (tls === 'off') return {};
  if (tls !== 'self-signed') return { files: tls };
  const { authority, ...files } = await openSelfSigned({
    folder: join(config.data, 'tls'),
    names: namesOf(options),
    ...platform,
  });
  return { files, authority };
}

/** Every name under which a client may come: loopback, the listener, the public address, the registry hosts. */
function namesOf({ config }: ListenersOptions): readonly string[] {
  const names = new Set(['localhost', '127.0.0.1', '::1']);
  const { host } = config.listen;
  if (host !== '0.0.0.0' && host !== '::') names.add(host);
  if (config.publicUrl !== undefined) names.add(new URL(config.publicUrl).hostname.replace(/^\[|\]$/g, ''));
  for (const vanity of Object.keys(config.vanityHosts)) names.add(vanity);
  for (const domain of config.domains.filter((one) => isIP(one) === 0)) {
    for (const region of config.regions) {
      names.add(`*.dkr.ecr.${region}.${domain}`);
      names.add(`api.ecr.${region}.${domain}`);
    }
  }
  return [...names];
}

async function openManagementListener(options: ListenersOptions): Promise<Listener | undefined> {
  const address: HostPort | 'off' = options.config.managementListen;
  if (address === 'off') return undefined;
  const handle = openManagement(options.metrics, options.checks);
  return listen({ ...address, secure: undefined, handle, connections: options.config.connections });
}

function urlOf({ host, port }: Listener, isSecure: boolean): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${isSecure ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
