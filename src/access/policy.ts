// What a policy document says, once it has been checked: the shapes that parse.ts makes and compile.ts takes.

/**
 * Which grammar a document follows: attached to a principal, to a resource, to a role as its trust policy, or laid over
 * accounts by their organisation, as a control of what its principals may do or of what may be done to its resources.
 */
export type PolicyKind = 'identity' | 'resource' | 'trust' | 'service-control' | 'resource-control';

export interface ParsedPolicy {
  /** Policy variables exist only in 2012-10-17; a document without Version is 2008-10-17. */
  readonly version: '2012-10-17' | '2008-10-17';
  readonly id: string | undefined;
  readonly statements: readonly ParsedStatement[];
}

export interface ParsedStatement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** `not` for NotPrincipal; undefined where the kind has none. */
  readonly principals: { readonly not: boolean; readonly list: readonly ParsedPrincipal[] } | undefined;
  readonly actions: Listed;
  /** Undefined when omitted: then the resource is the one the policy is attached to. */
  readonly resources: Listed | undefined;
  readonly conditions: readonly ParsedCondition[];
  readonly start: Position;
  readonly end: Position;
}

export interface Listed {
  /** True for NotAction and NotResource. */
  readonly not: boolean;
  readonly patterns: readonly string[];
}

export interface ParsedPrincipal {
  readonly type: 'AWS' | 'Federated' | 'Service' | 'CanonicalUser';
  /** `*`, a 12-digit account id, an ARN, a service or provider name. */
  readonly value: string;
}

export interface ParsedCondition {
  /** Without set prefix and IfExists, spelt as in the table of operators. */
  readonly operator: string;
  readonly quantifier: 'ForAnyValue' | 'ForAllValues' | undefined;
  readonly ifExists: boolean;
  readonly key: string;
  readonly values: readonly string[];
}

/** Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}
