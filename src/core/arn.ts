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
  const parts = text.split(':');
  if (parts.length < 6 || parts[0] !== 'arn') return undefined;
  const [, partition = '', service = '', region = '', accountId = ''] = parts;
  return { partition, service, region, accountId, resource: parts.slice(5).join(':') };
}

/** `arn:aws:ecr:<region>:<account>:repository/<name>`; `name` may be a pattern such as `*`. */
export function repositoryArn(registry: RegistryRef, name: string): string {
  return `arn:aws:ecr:${registry.region}:${registry.accountId}:repository/${name}`;
}

/** `arn:aws:iam::<account>:<kind>/<path and name>`; `path` starts and ends with `/`. */
export function iamArn(accountId: AccountId, kind: string, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:${kind}${path}${name}`;
}
