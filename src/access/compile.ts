// Turns a checked policy into what evaluation runs: patterns cut once, conditions prepared once, per policy version.

import { type CompiledCondition, compileCondition } from './conditions.ts';
import type { ConditionContext } from './context.ts';
import { compilePattern, matches, type Pattern } from './match.ts';
import type { ParsedPolicy, ParsedPrincipal, ParsedStatement, Position } from './policy.ts';
import { hasVariable, resolvePattern, type Template, templateOf } from './variables.ts';

export interface CompiledPolicy {
  /** What a denial calls the policy. */
  readonly name: string;
  readonly statements: readonly CompiledStatement[];
  /** True when any statement reads the request's context, so that a decision must not be kept. */
  readonly readsContext: boolean;
}

export interface CompiledStatement {
  readonly sid: string | undefined;
  readonly index: number;
  readonly effect: 'Allow' | 'Deny';
  readonly principals: { readonly not: boolean; readonly list: readonly ParsedPrincipal[] } | undefined;
  readonly start: Position;
  readonly end: Position;
  matchesAction(action: string): boolean;
  matchesResource(resource: string, context: ConditionContext): boolean;
  readonly conditions: readonly CompiledCondition[];
}

export function compilePolicy(policy: ParsedPolicy, name: string): CompiledPolicy {
  const variables = policy.version === '2012-10-17';
  const statements = policy.statements.map((statement, index) => compileStatement(statement, index, variables));
  const readsContext = policy.statements.some(
    ({ conditions, resources }) =>
      conditions.length > 0 || (variables && resources?.patterns.some((pattern) => hasVariable(pattern)) === true),
  );
  return { name, statements, readsContext };
}

function compileStatement(statement: ParsedStatement, index: number, variables: boolean): CompiledStatement {
  const { sid, effect, principals, start, end, actions, resources } = statement;
  const actionPatterns = actions.patterns.map((pattern) => compilePattern(pattern, { ignoreCase: true }));
  const resourceMatchers = (resources?.patterns ?? []).map((pattern) => compileResource(pattern, variables));
  return {
    sid,
    index,
    effect,
    principals,
    start,
    end,
    matchesAction: (action) => actionPatterns.some((pattern) => matches(pattern, action)) !== actions.not,
    matchesResource: (resource, context) => {
      // Without a Resource element the policy speaks of what it is attached to.
      if (resources === undefined) return true;
      return resourceMatchers.some((matcher) => matcher(resource, context)) !== resources.not;
    },
    conditions: statement.conditions.map((condition) => compileCondition(condition, variables)),
  };
}

type ResourceMatcher = (resource: string, context: ConditionContext) => boolean;

function compileResource(text: string, variables: boolean): ResourceMatcher {
  if (!variables || !hasVariable(text)) {
    const pattern: Pattern = compilePattern(text);
    return (resource) => matches(pattern, resource);
  }
  const template: Template = templateOf(text);
  return (resource, context) => {
    const pattern = resolvePattern(template, context);
    return pattern !== undefined && matches(pattern, resource);
  };
}
