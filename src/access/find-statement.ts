// Which statement of some policies applies to a request: the one step that allowing and denying have in common.

import type { CompiledPolicy, CompiledStatement } from './compile.ts';
import type { ConditionContext } from './context.ts';
import { type NamedPrincipal, type PrincipalMatch, strengthOf } from './principals.ts';

/** A request as statements are compared with it. */
export interface Subject {
  readonly lowerCaseAction: string;
  readonly resource: string;
  readonly principal: NamedPrincipal;
  readonly context: ConditionContext;
}

export interface Found {
  readonly policy: CompiledPolicy;
  readonly statement: CompiledStatement;
  /** How the statement names the principal. */
  readonly principal: PrincipalMatch;
}

/** The first Deny statement that applies. */
export function findDeny(subject: Subject, policies: readonly CompiledPolicy[]): Found | undefined {
  for (const policy of policies) {
    for (const statement of policy.denies) {
      const principal = applies(statement, subject);
      if (principal !== undefined) return { policy, statement, principal };
    }
  }
  return undefined;
}

/**
 * The Allow statement that names the principal the strongest way, so that a weaker statement before it takes nothing
 * away; the first of several equals.
 */
export function findAllow(subject: Subject, policies: readonly CompiledPolicy[]): Found | undefined {
  let best: Found | undefined;
  for (const policy of policies) {
    for (const statement of policy.allows) {
      const principal = applies(statement, subject);
      if (principal === undefined) continue;
      if (principal === 'self') return { policy, statement, principal };
      if (best !== undefined && strengthOf[best.principal] >= strengthOf[principal]) continue;
      best = { policy, statement, principal };
    }
  }
  return best;
}

function applies(statement: CompiledStatement, subject: Subject): PrincipalMatch | undefined {
  if (!statement.matchesAction(subject.lowerCaseAction)) return undefined;
  const principal = statement.matchesPrincipal(subject.principal);
  if (principal === undefined) return undefined;
  const { resource, context } = subject;
  if (!statement.matchesResource(resource, context)) return undefined;
  return statement.conditions.every((holds) => holds(context)) ? principal : undefined;
}
