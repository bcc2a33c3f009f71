// The decision: explicit deny wins; then guardrails, resource and identity policies, boundary and session (iam.md §2).

import type { Principal } from '#core/caller.ts';
import type { CompiledPolicy } from './compile.ts';
import type { ConditionContext } from './context.ts';
import { allowed, type Decision, explicitDeny, implicitDeny, type PolicyType } from './decision.ts';
import { type Found, findAllow, findDeny, type Subject } from './find-statement.ts';
import { namePrincipal } from './principals.ts';

export type { Decision };

export interface AccessRequest {
  readonly action: string;
  /** An ARN, or `*` where the action takes no resource. */
  readonly resource: string;
  readonly principal: Principal;
  /** The resource's owner; the principal's own account when left out. */
  readonly resourceAccountId?: string;
  readonly context: ConditionContext;
  /** As a need has it: the resource grants this beside its policy. */
  readonly granted?: true | 'account';
}

/** Policies of which one must allow. An empty list allows nothing. */
export type Level = readonly CompiledPolicy[];

/** What applies. What is left out does not limit; of several levels each must allow. */
export interface PolicySet {
  readonly identity: readonly CompiledPolicy[];
  readonly resource?: CompiledPolicy;
  /** True where the resource policy must allow even within its account: role trust policies and key policies. */
  readonly resourceMustAllow?: boolean;
  readonly boundary?: readonly Level[];
  readonly session?: readonly Level[];
  /** What a registry token is scoped to: it limits even what a resource policy grants to the principal by name. */
  readonly scope?: readonly Level[];
  readonly endpoint?: readonly Level[];
  readonly serviceControl?: readonly Level[];
  readonly resourceControl?: readonly Level[];
}

/** Decides one request. Pure, and never throws: what does not match does not allow. */
export function evaluate(request: AccessRequest, policies: PolicySet): Decision {
  const subject = subjectOf(request);
  return denied(subject, policies) ?? stopped(subject, policies) ?? granted(request, subject, policies);
}

export function subjectOf({ action, resource, principal, context }: AccessRequest): Subject {
  return { lowerCaseAction: action.toLowerCase(), resource, principal: namePrincipal(principal), context };
}

export type LimitName = 'resourceControl' | 'serviceControl' | 'endpoint' | 'scope' | 'boundary' | 'session';
type Limit = readonly [member: LimitName, type: PolicyType];

/** Must allow whatever else does, for the root user too. */
const guardrails: readonly Limit[] = [
  ['resourceControl', 'resource control policy'],
  ['serviceControl', 'service control policy'],
  ['endpoint', 'VPC endpoint policy'],
  ['scope', 'session policy'],
];

/** Must allow what comes from the principal's own side. */
const ownLimits: readonly Limit[] = [
  ['boundary', 'permissions boundary'],
  ['session', 'session policy'],
];

/** In the order in which they are asked. */
export const allLimits: readonly Limit[] = [...guardrails, ...ownLimits];

function denied(subject: Subject, policies: PolicySet): Decision | undefined {
  const inIdentity = findDeny(subject, policies.identity);
  if (inIdentity !== undefined) return explicitDeny('identity-based policy', inIdentity);
  const inResource = policies.resource && findDeny(subject, [policies.resource]);
  if (inResource !== undefined) return explicitDeny('resource-based policy', inResource);
  for (const [member, type] of allLimits) {
    for (const level of policies[member] ?? []) {
      const found = findDeny(subject, level);
      if (found !== undefined) return explicitDeny(type, found);
    }
  }
  return undefined;
}

function stopped(subject: Subject, policies: PolicySet): Decision | undefined {
  return limitedBy(guardrails, subject, policies);
}

function limitedBy(limits: readonly Limit[], subject: Subject, policies: PolicySet): Decision | undefined {
  for (const [member, type] of limits) {
    for (const level of levelsOf(member, subject, policies)) {
      if (findAllow(subject, level) === undefined) return implicitDeny(type);
    }
  }
  return undefined;
}

/** A federated user without a session policy may do nothing but what names its session (iam.md §2). */
function levelsOf(member: LimitName, { principal }: Subject, policies: PolicySet): readonly Level[] {
  const isOpen = member === 'session' && principal.principal.kind === 'federated-user';
  return policies[member] ?? (isOpen ? nothingAllowed : []);
}

const nothingAllowed: readonly Level[] = [[]];

function granted(request: AccessRequest, subject: Subject, policies: PolicySet): Decision {
  const { principal, resourceAccountId = principal.accountId } = request;
  const resource = policies.resource && findAllow(subject, [policies.resource]);
  const isGranted = request.granted === true;
  // A service or a web identity has no identity policies: what it may do is written at the resource.
  if (principal.kind === 'service' || principal.kind === 'web-identity') return byResource(resource, isGranted);
  if (resourceAccountId !== principal.accountId) {
    const isOpen = request.granted !== undefined;
    if (resource === undefined && !isOpen) return implicitDeny('resource-based policy');
    const own = ownSide(subject, policies);
    return own.allowed ? byResource(resource, isOpen) : own;
  }
  if (resource !== undefined && resource.principal !== 'account') {
    const limits = resource.principal === 'role' ? limitedBy(ownLimits, subject, policies) : undefined;
    return limits ?? byResource(resource);
  }
  // A grant is to the principal itself, but unlike a policy that names it leaves what limits it in force.
  if (isGranted) return limitedBy(ownLimits, subject, policies) ?? byResource(resource, isGranted);
  const isDelegated = resource !== undefined || request.granted === 'account';
  if (!isDelegated && policies.resourceMustAllow === true) return implicitDeny('resource-based policy');
  return ownSide(subject, policies);
}

function byResource(found: Found | undefined, isGranted = false): Decision {
  return found === undefined && !isGranted
    ? implicitDeny('resource-based policy')
    : allowed('resource-based policy', found);
}

/** What the principal's own account says: identity policies, then boundary and session. */
function ownSide(subject: Subject, policies: PolicySet): Decision {
  const { kind } = subject.principal.principal;
  // Root needs no policy, and no boundary can be put on it.
  if (kind === 'root') return limitedBy(sessionOnly, subject, policies) ?? allowed('identity-based policy');
  const found = findAllow(subject, policies.identity);
  if (found === undefined) return implicitDeny('identity-based policy');
  return limitedBy(ownLimits, subject, policies) ?? allowed('identity-based policy', found);
}

const sessionOnly: readonly Limit[] = ownLimits.slice(1);
