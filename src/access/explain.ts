// The text of a denial, as AWS words it (iam.md §2).

import type { Principal } from '#core/caller.ts';
import type { Decision, PolicyType } from './evaluate.ts';

export interface DeniedRequest {
  readonly action: string;
  readonly resource: string;
  readonly principal: Principal;
}

const articles: Readonly<Record<PolicyType, 'a' | 'an'>> = {
  'identity-based policy': 'an',
  'resource-based policy': 'a',
  'permissions boundary': 'a',
  'session policy': 'a',
  'VPC endpoint policy': 'a',
  'service control policy': 'a',
  'resource control policy': 'a',
};

/** `User: <arn> is not authorized to perform: <action> on resource: <arn> because …`. */
export function denialText({ action, resource, principal }: DeniedRequest, decision: Decision): string {
  const denied = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  if (decision.reason === 'explicit-deny')
    return `${denied} with an explicit deny in ${articles[decision.by]} ${decision.by}`;
  return `${denied} because no ${decision.by} allows the ${action} action`;
}
