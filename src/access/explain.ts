// The text of a denial, as AWS words it (iam.md §2).

import type { Principal } from '#core/caller.ts';
import type { Decision, PolicyType } from './decision.ts';

export interface DeniedRequest {
  readonly action: string;
  readonly resource: string;
  readonly principal: Principal;
}

const articles: Readonly<Record<PolicyType | 'role trust policy', 'a' | 'an' | 'the'>> = {
  'identity-based policy': 'an',
  'resource-based policy': 'a',
  'role trust policy': 'the',
  'permissions boundary': 'a',
  'session policy': 'a',
  'VPC endpoint policy': 'a',
  'service control policy': 'a',
  'resource control policy': 'a',
};

/**
 * `User: <arn> is not authorized to perform: <action> on resource: <arn> because no identity-based policy allows the
 * <action> action`, or `… with an explicit deny in an identity-based policy`. `decision` must be a denial. Whoever
 * comes with a token of another identity provider has no ARN to be called by, and is told no more than that.
 */
export function denialText({ action, resource, principal }: DeniedRequest, decision: Decision): string {
  if (principal.kind === 'web-identity') return `Not authorized to perform ${action}`;
  const { reason } = decision;
  const by = isTrust(action, decision.by) ? 'role trust policy' : decision.by;
  const denied = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  if (reason === 'explicit-deny') return `${denied} with an explicit deny in ${articles[by]} ${by}`;
  return `${denied} because no ${by} allows the ${action} action`;
}

/** The resource policy of a role is called by its own name. */
function isTrust(action: string, by: PolicyType): boolean {
  return by === 'resource-based policy' && action.startsWith('sts:');
}
