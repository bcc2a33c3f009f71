// Turns a checked policy into what evaluation runs: patterns cut once, conditions prepared once, per policy version.

import { type CompiledCondition, compileCondition } from './conditions.ts';
import type { ConditionContext } from './context.ts';
import { compilePattern, matches, patternOf } from './match.ts';
import type { Listed, ParsedPolicy, ParsedStatement } from './policy.ts';
import { compilePrincipals, type PrincipalTest } from './principals.ts';
import { type Reads, readsOf } from './reads.ts';
import { hasVariable, resolveCodes, templateOf } from './variables.ts';

export interface CompiledPolicy {
  /** What a denial calls the policy. */
  readonly name: string;
  /** In the order of the document. */
  readonly allows: readonly CompiledStatement[];
  readonly denies: readonly CompiledStatement[];
  readonly reads: Reads;
}

export interface CompiledStatement {
  /** Its place in the document, from 0. */
  readonly index: number;
  readonly source: ParsedStatement;
  readonly matchesPrincipal: PrincipalTest;
  /** The action in lower case: actions compare without case. */
  readonly matchesAction: (lowerCaseAction: string) => boolean;
  readonly matchesResource: (resource: string, context: ConditionContext) => boolean;
  /** All of them must hold; in the order of `source`. */
  readonly conditions: readonly CompiledCondition[];
}

/** `name` is what decisions call the policy: an ARN, or an inline policy's name. */
export function compilePolicy(policy: ParsedPolicy, name: string): CompiledPolicy {
  const variables = policy.version === '2012-10-17';
  const compiled = policy.statements.map((statement, index) => compileStatement(statement, index, variables));
  const having = (effect: 'Allow' | 'Deny') => compiled.filter((_, at) => policy.statements[at]?.effect === effect);
  return { name, allows: having('Allow'), denies: having('Deny'), reads: readsOf(policy, variables) };
}

function compileStatement(statement: ParsedStatement, index: number, variables: boolean): CompiledStatement {
  const { effect, principals, actions, resources, conditions } = statement;
  return {
    index,
    source: statement,
    matchesPrincipal: compilePrincipals(principals),
    matchesAction: compileActions(actions),
    matchesResource: resources === undefined ? anyResource : compileResources(resources, variables),
    conditions: conditions.map((condition) => compileCondition(condition, effect, variables)),
  };
}

/** Without a Resource element the policy speaks of what it is attached to. */
const anyResource = (): boolean => true;

function compileActions({ not, patterns }: Listed): CompiledStatement['matchesAction'] {
  const lowerCase = patterns.map((pattern) => pattern.toLowerCase());
  const names = new Set(lowerCase.filter((pattern) => !hasWildcard(pattern)));
  const open = lowerCase.filter(hasWildcard).map(compilePattern);
  return (action) => (names.has(action) || open.some((pattern) => matches(pattern, action))) !== not;
}

function hasWildcard(text: string): boolean {
  return text.includes('*') || text.includes('?');
}

type ResourceTest = (resource: string, context: ConditionContext) => boolean | undefined;

/** A variable without a value is neither a match nor none: unless another pattern decides, nothing matches. */
function compileResources({ not, patterns }: Listed, variables: boolean): CompiledStatement['matchesResource'] {
  const tests = patterns.map((pattern) => compileResource(pattern, variables));
  if (not) return (resource, context) => tests.every((test) => test(resource, context) === false);
  return (resource, context) => tests.some((test) => test(resource, context) === true);
}

function compileResource(text: string, variables: boolean): ResourceTest {
  if (!variables || !hasVariable(text)) {
    const pattern = compilePattern(text);
    return (resource) => matches(pattern, resource);
  }
  const template = templateOf(text);
  return (resource, context) => {
    const codes = resolveCodes(template, context, resource.length);
    return codes === undefined ? undefined : matches(patternOf(codes), resource);
  };
}
