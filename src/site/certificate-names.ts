// Every name under which a client may come: what a self-signed certificate has to hold.

import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { Config } from '#config/config.ts';

type Named = Pick<Config, 'listen' | 'publicUrl' | 'vanityHosts' | 'domains' | 'regions'>;

export function certificateNames({ listen, publicUrl, vanityHosts, domains, regions }: Named): readonly string[] {
  const names = new Set(['localhost', '127.0.0.1', '::1']);
  const isEverywhere = listen.host === '0.0.0.0' || listen.host === '::';
  for (const name of isEverywhere ? machineNames() : [listen.host]) names.add(name);
  if (publicUrl !== undefined) names.add(new URL(publicUrl).hostname.replace(/^\[|\]$/g, ''));
  for (const vanity of Object.keys(vanityHosts)) names.add(vanity);
  for (const domain of domains.filter((one) => isIP(one) === 0)) {
    for (const region of regions) {
      names.add(`*.dkr.ecr.${region}.${domain}`);
      names.add(`api.ecr.${region}.${domain}`);
    }
  }
  return [...names];
}

/** What others on the network may call this machine. Link-local addresses come and go, and nobody types them. */
function machineNames(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const addresses = all.map(({ address }) => address).filter((one) => isIP(one) !== 0 && !one.startsWith('fe80:'));
  const name = hostname().toLowerCase();
  return /^[a-z0-9.-]+$/.test(name) ? [...addresses, name] : addresses;
}
