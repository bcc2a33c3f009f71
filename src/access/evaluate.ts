// The decision: explicit deny wins; then resource and identity policies, boundary, session and guardrails (iam.md §2).

import type { Principal } from '#core/caller.ts';
import type { CompiledPolicy, CompiledStatement } from './compile.ts';
import type { ConditionContext } from './context.ts';
import { type PrincipalMatch, principalMatch } from './principals.ts';

export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly principal: Principal;
  /** The resource's owner; the principal's own account when left out. */
  readonly resourceAccountId?: string;
  readonly context: ConditionContext;
}

/** What applies. An optional list that is left out does not limit; an empty one allows nothing. */
export interface PolicySet {
  readonly identity: readonly CompiledPolicy[];
  readonly resource?: CompiledPolicy;
  readonly boundary?: readonly CompiledPolicy[];
  readonly session?: readonly CompiledPolicy[];
  readonly endpoint?: readonly CompiledPolicy[];
  readonly serviceControl?: readonly CompiledPolicy[];
  readonly resourceControl?: readonly CompiledPolicy[];
}

export type PolicyType =
  | 'identity-based policy'
  | 'resource-based policy'
  | 'permissions boundary'
  | 'session policy'
  | 'VPC endpoint policy'
  | 'service control policy'
  | 'resource control policy';

export interface Decision {
  readonly allowed: boolean;
  readonly reason: 'allowed' | 'explicit-deny' | 'implicit-deny';
  /** The type of policy that decided, or that would have had to allow. */
  readonly by: PolicyType;
  readonly statement?: { readonly policyName: string; readonly sid: string | undefined; readonly index: number };
}

export function evaluate(request: AccessRequest, policies: PolicySet): Decision {
  return explicitDeny(request, policies) ?? guardrails(request, policies) ?? grants(request, policies);
}

const limiting = [
  ['serviceControl', 'service control policy'],
  ['resourceControl', 'resource control policy'],
  ['endpoint', 'VPC endpoint policy'],
  ['boundary', 'permissions boundary'],
  ['session', 'session policy'],
] as const;

function explicitDeny(request: AccessRequest, policies: PolicySet): Decision | undefined {
  const { resource, identity } = policies;
  const denied = findDeny(request, identity, 'identity-based policy');
  if (denied !== undefined) return denied;
  for (const [member, type] of limiting) {
    const found = findDeny(request, policies[member] ?? [], type);
    if (found !== undefined) return found;
  }
  return resource === undefined ? undefined : findDeny(request, [resource], 'resource-based policy');
}

function findDeny(request: AccessRequest, policies: readonly CompiledPolicy[], by: PolicyType): Decision | undefined {
  const found = findStatement(request, policies, 'Deny');
  return found && { allowed: false, reason: 'explicit-deny', by, statement: found.statement };
}

/** Guardrails and endpoint policies must allow whatever else does; they do not grant. */
function guardrails(request: AccessRequest, policies: PolicySet): Decision | undefined {
  for (const [member, type] of limiting.slice(0, 3)) {
    const list = policies[member];
    if (list !== undefined && findStatement(request, list, 'Allow') === undefined) return missing(type);
  }
  return undefined;
}

function grants(request: AccessRequest, policies: PolicySet): Decision {
  const { principal } = request;
  const sameAccount = (request.resourceAccountId ?? principal.accountId) === principal.accountId;
  const resource = policies.resource && findStatement(request, [policies.resource], 'Allow');
  if (!sameAccount) {
    if (resource === undefined) return missing('resource-based policy');
    return identitySide(request, policies) ?? allowed('resource-based policy', resource);
  }
  if (resource !== undefined && resource.principal !== 'account') {
    return limitsBeside(request, policies, resource.principal) ?? allowed('resource-based policy', resource);
  }
  return identitySide(request, policies) ?? allowed('identity-based policy');
}

/** The principal's own side: identity policies, then boundary and session. Undefined when all of them allow. */
function identitySide(request: AccessRequest, policies: PolicySet): Decision | undefined {
  const isRoot = request.principal.kind === 'root';
  if (!isRoot && findStatement(request, policies.identity, 'Allow') === undefined)
    return missing('identity-based policy');
  return (
    mustAllow(request, policies.boundary, 'permissions boundary') ??
    mustAllow(request, policies.session, 'session policy')
  );
}

/** What an implicit deny still limits when a resource policy names the principal: for a role, boundary and session. */
function limitsBeside(request: AccessRequest, policies: PolicySet, named: PrincipalMatch): Decision | undefined {
  if (named !== 'role') return undefined;
  return (
    mustAllow(request, policies.boundary, 'permissions boundary') ??
    mustAllow(request, policies.session, 'session policy')
  );
}

function mustAllow(request: AccessRequest, list: readonly CompiledPolicy[] | undefined, by: PolicyType) {
  if (list === undefined || findStatement(request, list, 'Allow') !== undefined) return undefined;
  return missing(by);
}

interface Found {
  readonly statement: NonNullable<Decision['statement']>;
  readonly principal: PrincipalMatch;
}

/** The strongest match: one that names the principal itself goes before one that names its account. */
function findStatement(
  request: AccessRequest,
  policies: readonly CompiledPolicy[],
  effect: 'Allow' | 'Deny',
): Found | undefined {
  let weak: Found | undefined;
  for (const policy of policies) {
    for (const statement of policy.statements) {
      if (statement.effect !== effect) continue;
      const principal = applies(statement, request);
      if (principal === undefined) continue;
      const { sid, index } = statement;
      const found = { statement: { policyName: policy.name, sid, index }, principal };
      if (principal !== 'account') return found;
      weak ??= found;
    }
  }
  return weak;
}

function applies(statement: CompiledStatement, request: AccessRequest): PrincipalMatch | undefined {
  if (!statement.matchesAction(request.action)) return undefined;
  const principal = principalMatch(statement.principals, request.principal);
  if (principal === undefined) return undefined;
  if (!statement.matchesResource(request.resource, request.context)) return undefined;
  return statement.conditions.every((holds) => holds(request.context)) ? principal : undefined;
}

function missing(by: PolicyType): Decision {
  return { allowed: false, reason: 'implicit-deny', by };
}

function allowed(by: PolicyType, found?: Found): Decision {
  const decision = { allowed: true, reason: 'allowed', by } as const;
  return found === undefined ? decision : { ...decision, statement: found.statement };
}
