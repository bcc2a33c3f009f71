// What lists and renames of users, groups, roles and instance profiles have in common.

export interface PathPage {
  readonly pathPrefix: string;
  /** The folded name of the last one seen; empty at the start. */
  readonly after: string;
  readonly limit: number;
}

/** What is left out stays. */
export interface NewNames {
  readonly name?: string | undefined;
  readonly path?: string | undefined;
}
