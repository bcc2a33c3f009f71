// What the handlers of the Organizations door are given: the site's organisation and its accounts.

import type { AccountId } from '#core/account.ts';
import type { PageTokens } from '#wire/paging.ts';

export type PolicyType = 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY';

export interface OrganizationPolicy {
  /** `p-…` */
  readonly id: string;
  readonly name: string;
  readonly type: PolicyType;
  readonly content: string;
  readonly isAwsManaged: boolean;
}

/** What the configuration says of it; it changes with a restart only. */
export interface Organization {
  /** `o-…` */
  readonly id: string;
  readonly managementAccountId: string;
  /** `r-…` */
  readonly rootId: string;
  /** Of the units below the root: the id of what each stands in. */
  readonly parents: ReadonlyMap<string, string>;
  /** The root or unit in which an account stands. */
  readonly unitOf: (accountId: string) => string;
  /** Every policy once, in the order of the ids. */
  readonly policies: readonly OrganizationPolicy[];
  /** What is attached to a root, a unit or an account itself. */
  readonly attachedTo: (targetId: string) => readonly OrganizationPolicy[];
}

export interface MemberAccount {
  readonly accountId: AccountId;
  readonly name: string;
  readonly createdAtMs: number;
  readonly state: 'open' | 'closed' | 'removed';
}

export interface OrganizationsRooms {
  /** Undefined where the site is configured without one. */
  readonly organization: Organization | undefined;
  readonly accounts: {
    list(): Promise<readonly MemberAccount[]>;
    find(accountId: AccountId): Promise<MemberAccount | undefined>;
  };
  readonly pageTokens: PageTokens;
}
