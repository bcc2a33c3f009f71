// Who owns a registry: the 12-digit AWS account, the region, and the pair of them that names one registry.

declare const accountBrand: unique symbol;
declare const regionBrand: unique symbol;

/** A 12-digit AWS account id. Made only by `parseAccountId`. */
export type AccountId = string & { readonly [accountBrand]: true };

/** A region name such as `us-east-1`. Made only by `parseRegion`. */
export type Region = string & { readonly [regionBrand]: true };

/** One account in one region: the tenant that every row, blob key and ARN belongs to. */
export interface RegistryRef {
  readonly accountId: AccountId;
  readonly region: Region;
}

/** The region under which an account's regionless things (IAM secrets) are kept. */
export const globalRegion = 'aws-global' as Region;

/** Returns the id, or undefined when it is not twelve digits. */
export function parseAccountId(text: string): AccountId | undefined {
  if (text.length !== 12) return undefined;
  for (let index = 0; index < 12; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return undefined;
  }
  return text as AccountId;
}

/** Returns the region, or undefined when it is not 2 to 25 of `[0-9a-z-]` (ecr-api.md §3, Region). */
export function parseRegion(text: string): Region | undefined {
  return /^[0-9a-z-]{2,25}$/.test(text) ? (text as Region) : undefined;
}

/** True when both name the same account and region. */
export function sameRegistry(left: RegistryRef, right: RegistryRef): boolean {
  return left.accountId === right.accountId && left.region === right.region;
}
