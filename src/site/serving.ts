// One process that serves: its sockets, and behind them the site, while its keys are here, or a sealed door.

import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';
import type { ConnectionFeed } from '#edge/fed-connections.ts';
import { type CloserStack, openInOrder } from './closers.ts';
import { openHome } from './home.ts';
import type { SiteKeys } from './keys/open-keys.ts';
import { type Listeners, openSiteListeners } from './listeners.ts';
import { type CoreOptions, openCore } from './open-core.ts';
import { sealedSite } from './sealed.ts';
import { openSiteDatabase, type SiteDatabase } from './stores.ts';

export interface ServingOptions
  extends Pick<CoreOptions, 'platform' | 'log' | 'chain' | 'runsSiteJobs' | 'jobsDelayMs'> {
  readonly config: Config;
  /** Set where another process of the site accepts the connections. */
  readonly feed?: ConnectionFeed | undefined;
}

export interface OpenedSite {
  readonly keys: SiteKeys;
  readonly stores: SiteDatabase;
  readonly home: RegistryRef;
}

export type Around = <Result>(opened: OpenedSite, rest: () => Promise<Result>) => Promise<Result>;

export interface Serving {
  readonly listeners: Listeners;
  /** Undefined while it is sealed. */
  opened(): OpenedSite | undefined;
  /** `around` may change what is stored before the rest is opened, and nobody is answered before it is over. */
  unseal(keys: SiteKeys, around?: Around): Promise<OpenedSite>;
  /** New requests are refused at once; those that run may finish. Then every key is forgotten. */
  seal(reason: string): Promise<void>;
  close(): Promise<void>;
}

export async function openServing(options: ServingOptions, reason: string): Promise<Serving> {
  const { config, platform } = options;
  const listeners = await openSiteListeners({ ...options, renewsCertificate: options.runsSiteJobs }, sealed(reason));
  let open: (OpenedSite & Pick<CloserStack, 'closeAll'>) | undefined;

  function sealed(why: string) {
    return sealedSite(why, platform.random);
  }
  const closeCore = async () => {
    const closing = open;
    open = undefined;
    if (closing === undefined) return;
    try {
      await closing.closeAll();
    } finally {
      closing.keys.roots.clear();
      closing.keys.siteKey.bytes.fill(0);
    }
  };
  return {
    listeners,
    opened: () => open,
    async unseal(keys, around = (_opened, rest) => rest()) {
      const opened = await openInOrder(async (closers) => {
        const site = await openStores(options, keys, closers);
        listeners.serve(
          await around(site, () => openCore({ ...options, ...site, listeners, onClose: closers.onClose })),
        );
        return { ...site, closeAll: closers.closeAll };
      });
      open = opened;
      return opened;
    },
    async seal(why) {
      listeners.serve(sealed(why));
      await listeners.drained(config.shutdownGraceMs);
      await closeCore();
    },
    async close() {
      await listeners.close(config.shutdownGraceMs);
      await closeCore();
    },
  };
}

async function openStores({ config, platform }: ServingOptions, keys: SiteKeys, { onClose }: CloserStack) {
  const stores = await openSiteDatabase(config.data, platform, keys, config.keyCacheMs);
  onClose(() => stores.close());
  const home = await openHome(config, stores.iam);
  return { keys, stores, home };
}
