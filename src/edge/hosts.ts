// Which registry a host name means (ecr-dataplane.md §1, ecr-api.md §1).

import { type AccountId, parseAccountId, parseRegion, type Region, type RegistryRef } from '#core/account.ts';

export interface HostTable {
  readonly home: RegistryRef;
  readonly regions: ReadonlySet<string>;
  /** Lower case. */
  readonly domains: readonly string[];
  readonly vanityHosts: Readonly<Record<string, { readonly account: string; readonly region: string | undefined }>>;
}

export interface HostMeaning {
  readonly registry: RegistryRef;
  /** True when the host names no registry: then it means the home registry. */
  readonly neutral: boolean;
}

const awsDomains = ['amazonaws.com', 'amazonaws.com.cn', 'on.aws', 'api.aws'];

/**
 * `<account>.dkr.ecr[-fips].<region>.<domain>`, `<account>.dkr-ecr.<region>.<domain>`,
 * `api.ecr[-fips].<region>.<domain>`, `ecr.<region>.<domain>` and vanity hosts name a registry; anything else means
 * home. Undefined for a region that is not served.
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
  const domain = [...table.domains, ...awsDomains].find((one) => host.endsWith(`.${one}`));
  const labels = domain === undefined ? [] : host.slice(0, -domain.length - 1).split('.');
  const named = readLabels(labels);
  if (named === undefined) return { registry: table.home, neutral: true };
  return served(table, named.accountId ?? table.home.accountId, named.region);
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
  if (labels.length === 3 && accountId !== undefined && second === 'dkr-ecr') return { accountId, region: third };
  if (labels.length === 3 && first === 'api' && isEcr(second)) return { accountId: undefined, region: third };
  return labels.length === 2 && isEcr(first) ? { accountId: undefined, region: second } : undefined;
}

function served(table: HostTable, accountId: AccountId, regionName: string): HostMeaning | undefined {
  const region: Region | undefined = parseRegion(regionName);
  if (region === undefined || !table.regions.has(region)) return undefined;
  return { registry: { accountId, region }, neutral: false };
}

/** `127.0.0.1:5000` → `127.0.0.1`, `[::1]:5000` → `[::1]`. */
function withoutPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '');
}
