// Amazon Resource Names: the one place that spells and splits them.

import type { AccountId, RegistryRef } from './account.ts';

/** The six colon-separated parts; `resource` may hold further colons. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  readonly resource: string;
}

/** Splits an ARN; undefined when it has fewer than six parts or does not start with `arn:`. */
export function parseArn(text: string): Arn | undefined {
  if (!text.startsWith('arn:')) return undefined;
  const service = text.indexOf(':', 4);
  const region = text.indexOf(':', service + 1);
  const account = text.indexOf(':', region + 1);
  const resource = text.indexOf(':', account + 1);
  if (service < 0 || region < 0 || account < 0 || resource < 0) return undefined;
  return {
    partition: text.slice(4, service),
    service: text.slice(service + 1, region),
    region: text.slice(region + 1, account),
    accountId: text.slice(account + 1, resource),
    resource: text.slice(resource + 1),
  };
}

/** `arn:aws:ecr:<region>:<account>:repository/<name>`; `name` may be a pattern such as `*`. */
export function repositoryArn(registry: RegistryRef, name: string): string {
  return `arn:aws:ecr:${registry.region}:${registry.accountId}:repository/${name}`;
}

/** `arn:aws:kms:<region>:<account>:key/<id>`, or `alias/<name>` of the same. */
export function kmsArn(registry: RegistryRef, resource: `key/${string}` | `alias/${string}`): string {
  return `arn:aws:kms:${registry.region}:${registry.accountId}:${resource}`;
}

/** `arn:aws:iam::<account>:<kind>/<path and name>`; `path` starts and ends with `/`. */
export function iamArn(accountId: AccountId, kind: string, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:${kind}${path}${name}`;
}
