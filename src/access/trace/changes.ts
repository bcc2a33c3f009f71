// What would have to change for a request to be allowed: found by making each change and deciding again.

import { type CompiledPolicy, compilePolicy } from '../compile.ts';
import type { Decision, PolicyType } from '../decision.ts';
import { type AccessRequest, evaluate } from '../evaluate.ts';
import { findAllow } from '../find-statement.ts';
import type { ParsedPrincipal, ParsedStatement } from '../policy.ts';
import { namePrincipal, roleNameOf } from '../principals.ts';
import type { Change } from './decision-tree.ts';
import { type Applied, type AppliedSet, policySetOf } from './document-set.ts';

const changesMax = 20;

/** In the order in which they would be met; empty when the request is allowed as it is. */
export function changesToAllow(request: AccessRequest, applied: AppliedSet): readonly Change[] {
  const changes: Change[] = [];
  const made = new Set<string>();
  let set = applied;
  while (changes.length < changesMax) {
    const decision = evaluate(request, policySetOf(set));
    if (decision.allowed) return changes;
    const isDeny = decision.reason === 'explicit-deny';
    const { change, set: next } = isDeny ? without(set, decision, request) : withAllow(set, decision, request);
    // What one statement did not help, a second one would not help either.
    const key = JSON.stringify([change, next.levels]);
    if (made.has(key)) return changes;
    made.add(key);
    changes.push(change);
    set = next;
  }
  return changes;
}

interface Step {
  readonly change: Change;
  readonly set: AppliedSet;
}

function without(set: AppliedSet, { by, statement }: Decision, request: AccessRequest): Step {
  const { policyName = '', index = 0, sid } = statement ?? {};
  const change: Change = {
    kind: 'change-statement',
    policyType: by,
    policyName,
    index,
    ...(sid ? { sid } : {}),
    owner: ownerOf(by, request),
  };
  const policies = set.policies.map((one) => {
    if (one.type !== by || one.name !== policyName) return one;
    const denies = one.compiled.denies.filter((deny) => deny.index !== index);
    return { ...one, compiled: { ...one.compiled, denies } };
  });
  return { change, set: { ...set, policies } };
}

function withAllow(set: AppliedSet, { by }: Decision, request: AccessRequest): Step {
  const level = firstLevelWithout(set, by, request);
  const existing = set.policies.find((one) => one.type === by && one.level === level && one.name !== '');
  const change: Change = {
    kind: 'add-statement',
    policyType: by,
    ...(existing && by !== 'identity-based policy' ? { policyName: existing.name } : {}),
    owner: ownerOf(by, request),
    statement: JSON.stringify(smallestStatement(by, request)),
  };
  const principals = by === 'resource-based policy' ? [principalOf(request.principal)] : undefined;
  const added: Applied = { type: by, level, name: '', parsed: undefined, compiled: allowing(principals) };
  const levels = isLimit(by) ? { ...set.levels, [by]: Math.max(set.levels[by] ?? 0, level + 1) } : set.levels;
  return { change, set: { ...set, policies: [...set.policies, added], levels } };
}

/** Of several levels the first that does not allow. */
function firstLevelWithout(set: AppliedSet, by: PolicyType, request: AccessRequest): number {
  const { action, resource, principal, context } = request;
  const subject = { lowerCaseAction: action.toLowerCase(), resource, principal: namePrincipal(principal), context };
  const count = set.levels[by] ?? 0;
  for (let level = 0; level < count; level += 1) {
    const ofLevel = set.policies.filter((one) => one.type === by && one.level === level);
    if (
      findAllow(
        subject,
        ofLevel.map(({ compiled }) => compiled),
      ) === undefined
    )
      return level;
  }
  return count;
}

function isLimit(type: PolicyType): boolean {
  return type !== 'identity-based policy' && type !== 'resource-based policy';
}

/** Stands for the added statement: it allows to this principal, whose request is all that is asked of it. */
function allowing(principals: readonly ParsedPrincipal[] | undefined): CompiledPolicy {
  const nowhere = { line: 1, column: 1 };
  const statement: ParsedStatement = {
    sid: undefined,
    effect: 'Allow',
    principals: principals && { not: false, list: principals },
    actions: { not: false, patterns: ['*'] },
    resources: undefined,
    conditions: [],
    start: nowhere,
    end: nowhere,
  };
  return compilePolicy({ version: '2008-10-17', id: undefined, statements: [statement] }, '');
}

function smallestStatement(type: PolicyType, { action, resource, principal }: AccessRequest): object {
  if (type === 'resource-based policy') {
    const { type: kind, value } = principalOf(principal);
    return { Effect: 'Allow', Principal: { [kind]: value }, Action: action };
  }
  const everybody = type === 'resource control policy' ? { Principal: '*' } : {};
  return { Effect: 'Allow', ...everybody, Action: action, Resource: resource };
}

/** As a policy would name it: a session by its role. */
function principalOf(principal: AccessRequest['principal']): ParsedPrincipal {
  if (principal.kind === 'service') return { type: 'Service', value: principal.arn };
  if (principal.kind === 'web-identity') return { type: 'Federated', value: principal.arn };
  return { type: 'AWS', value: principalArn(principal) };
}

function principalArn(principal: AccessRequest['principal']): string {
  const role = roleNameOf(principal);
  if (role === undefined) return principal.arn;
  return principal.session?.role?.arn ?? `arn:aws:iam::${principal.accountId}:role/${role}`;
}

function ownerOf(type: PolicyType, { resource, principal, resourceAccountId }: AccessRequest): string {
  switch (type) {
    case 'resource-based policy':
      return resource;
    case 'session policy':
      return principal.arn;
    case 'service control policy':
      return `account ${principal.accountId}`;
    case 'resource control policy':
      return `account ${resourceAccountId ?? principal.accountId}`;
    case 'VPC endpoint policy':
      return 'the VPC endpoint';
    default:
      return principalArn(principal);
  }
}
