// A need: what an operation asks of access/ before it may run. Data, so that it can be evaluated, audited and printed.

export interface Need {
  /** The IAM action, such as `ecr:PutImage`. */
  readonly action: string;
  /** The resource ARN, or `*` where the action takes no resource. */
  readonly resource: string;
  /** Condition keys of this request beyond the global ones, spelt as IAM spells them (`aws:RequestTag/team`). */
  readonly context?: NeedContext;
  /**
   * The resource has granted this beside its policy: a grant of a key, to the caller itself or to its account. It
   * counts as its policy's allow for whom it is to; what denies or limits still does.
   */
  readonly granted?: true | 'account' | undefined;
}

export type NeedContext = Readonly<Record<string, string | readonly string[]>>;

/** Tags as an operation's input carries them. */
export interface RequestTags {
  readonly requestTags?: ReadonlyArray<{ readonly Key?: string | undefined; readonly Value?: string | undefined }>;
  readonly tagKeys?: readonly string[];
}

/** One need; tags in the request become `aws:RequestTag/*` and `aws:TagKeys`. */
export function need(action: string, resource: string, tags?: RequestTags): Need {
  if (tags === undefined) return { action, resource };
  const context: Record<string, string | readonly string[]> = {};
  const keys = [...(tags.tagKeys ?? [])];
  for (const { Key, Value } of tags.requestTags ?? []) {
    if (Key === undefined) continue;
    context[`aws:RequestTag/${Key}`] = Value ?? '';
    keys.push(Key);
  }
  if (keys.length === 0) return { action, resource };
  context['aws:TagKeys'] = keys;
  return { action, resource, context };
}

/**
 * To hand a role to a service, such as `pullthroughcache.ecr.amazonaws.com`, for what `associatedArn` names: the caller
 * needs `iam:PassRole` for it, in the role's own account.
 */
export function passRole(roleArn: string, service: string, associatedArn?: string): Need {
  const context: Record<string, string> = { 'iam:PassedToService': service };
  if (associatedArn !== undefined) context['iam:AssociatedResourceArn'] = associatedArn;
  return { action: 'iam:PassRole', resource: roleArn, context };
}
