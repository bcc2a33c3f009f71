// Which registry a host name means (ecr-dataplane.md §1, ecr-api.md §1).

import { type AccountId, parseAccountId, parseRegion, type Region, type RegistryRef } from '#core/account.ts';

interface VanityHost {
  readonly account: string | undefined;
  readonly region: string | undefined;
}

export interface HostTable {
  readonly home: RegistryRef;
  readonly regions: ReadonlySet<string>;
  /** Lower case. */
  readonly domains: readonly string[];
  /** Without an account or a region: that of home. */
  readonly vanityHosts: Readonly<Record<string, VanityHost>>;
}

export interface HostMeaning {
  readonly registry: RegistryRef;
  /** True when the host names no registry: then it means the home registry. */
  readonly neutral: boolean;
}

/** A handful of names in practice; more are a scan, and start the memory anew. */
const rememberedHostsMax = 1000;

/** The same answers as `registryOfHost`, remembered: they never change while a site runs. */
export function openHosts(table: HostTable): (hostHeader: string | undefined) => HostMeaning | undefined {
  const known = new Map<string | undefined, HostMeaning | undefined>();
  return (hostHeader) => {
    const meaning = known.get(hostHeader);
    if (meaning !== undefined) return meaning;
    if (known.size >= rememberedHostsMax) known.clear();
    const found = registryOfHost(table, hostHeader);
    if (found !== undefined) known.set(hostHeader, found);
    return found;
  };
}

const awsDomains = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'on.aws',
  'api.aws',
  'on.amazonwebservices.com.cn',
  'api.amazonwebservices.com.cn',
];

/**
 * `<account>.dkr.ecr[-fips].<region>.<domain>`, `<account>.dkr-ecr[-fips].<region>.<domain>`,
 * `api.ecr[-fips].<region>.<domain>`, `ecr[-fips].<region>.<domain>` and vanity hosts name a registry; anything else
 * means home. Undefined for a region that is not served.
 */
export function registryOfHost(table: HostTable, hostHeader: string | undefined): HostMeaning | undefined {
  const host = withoutPort((hostHeader ?? '').toLowerCase());
  const vanity = Object.hasOwn(table.vanityHosts, host) ? table.vanityHosts[host] : undefined;
  if (vanity !== undefined) {
    return served(
      table,
      (vanity.account as AccountId | undefined) ?? table.home.accountId,
      vanity.region ?? table.home.region,
    );
  }
  const named = nameIn(host, table.domains) ?? nameIn(host, awsDomains);
  if (named === undefined) return { registry: table.home, neutral: true };
  return served(table, named.accountId ?? table.home.accountId, named.region);
}

/** By the first domain under which the host names a registry: one domain may end in another. */
function nameIn(host: string, domains: readonly string[]): Named | undefined {
  for (const domain of domains) {
    if (!host.endsWith(`.${domain}`)) continue;
    const named = readLabels(host.slice(0, -domain.length - 1).split('.'));
    if (named !== undefined) return named;
  }
  return undefined;
}

interface Named {
  readonly accountId: AccountId | undefined;
  readonly region: string;
}

function readLabels(labels: readonly string[]): Named | undefined {
  const [first = '', second = '', third = '', fourth] = labels;
  const isEcr = (label: string) => label === 'ecr' || label === 'ecr-fips';
  const accountId = parseAccountId(first);
  if (labels.length === 4 && accountId !== undefined && second === 'dkr' && isEcr(third)) {
    return { accountId, region: fourth ?? '' };
  }
  if (labels.length === 3 && accountId !== undefined && (second === 'dkr-ecr' || second === 'dkr-ecr-fips')) {
    return { accountId, region: third };
  }
  if (labels.length === 3 && first === 'api' && isEcr(second)) return { accountId: undefined, region: third };
  return labels.length === 2 && isEcr(first) ? { accountId: undefined, region: second } : undefined;
}

function served(table: HostTable, accountId: AccountId, regionName: string): HostMeaning | undefined {
  const region: Region | undefined = parseRegion(regionName);
  if (region === undefined || !table.regions.has(region)) return undefined;
  return { registry: { accountId, region }, neutral: false };
}

/** `127.0.0.1:5000` → `127.0.0.1`, `[::1]:5000` → `[::1]`; the dot of a complete name goes too. */
function withoutPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '').replace(/\.$/, '');
}
