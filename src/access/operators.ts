// The condition operators of IAM, and what is common to each family (iam.md §3).

export type OperatorFamily = 'string' | 'like' | 'numeric' | 'date' | 'bool' | 'binary' | 'ip' | 'arn' | 'null';

export interface Operator {
  readonly name: string;
  readonly family: OperatorFamily;
  /** True when the condition holds if no value matches, so also when the key is missing. */
  readonly negated: boolean;
  readonly ignoreCase?: boolean;
  readonly compare?: 'equal' | 'less' | 'less-or-equal' | 'greater' | 'greater-or-equal';
}

const comparisons = [
  ['Equals', 'equal', false],
  ['NotEquals', 'equal', true],
  ['LessThan', 'less', false],
  ['LessThanEquals', 'less-or-equal', false],
  ['GreaterThan', 'greater', false],
  ['GreaterThanEquals', 'greater-or-equal', false],
] as const;

const list: readonly Operator[] = [
  { name: 'StringEquals', family: 'string', negated: false },
  { name: 'StringNotEquals', family: 'string', negated: true },
  { name: 'StringEqualsIgnoreCase', family: 'string', negated: false, ignoreCase: true },
  { name: 'StringNotEqualsIgnoreCase', family: 'string', negated: true, ignoreCase: true },
  { name: 'StringLike', family: 'like', negated: false },
  { name: 'StringNotLike', family: 'like', negated: true },
  { name: 'Bool', family: 'bool', negated: false },
  { name: 'BinaryEquals', family: 'binary', negated: false },
  { name: 'IpAddress', family: 'ip', negated: false },
  { name: 'NotIpAddress', family: 'ip', negated: true },
  { name: 'ArnEquals', family: 'arn', negated: false },
  { name: 'ArnLike', family: 'arn', negated: false },
  { name: 'ArnNotEquals', family: 'arn', negated: true },
  { name: 'ArnNotLike', family: 'arn', negated: true },
  { name: 'Null', family: 'null', negated: false },
  ...comparisons.flatMap(([suffix, compare, negated]): Operator[] => [
    { name: `Numeric${suffix}`, family: 'numeric', negated, compare },
    { name: `Date${suffix}`, family: 'date', negated, compare },
  ]),
];

/** By name, exactly as IAM spells it. */
export const operators: ReadonlyMap<string, Operator> = new Map(list.map((operator) => [operator.name, operator]));

export interface OperatorUse {
  readonly operator: Operator;
  readonly quantifier: 'ForAnyValue' | 'ForAllValues' | undefined;
  readonly ifExists: boolean;
}

/** The families whose values may hold policy variables. */
export function takesVariables({ family }: Operator): boolean {
  return family === 'string' || family === 'like' || family === 'arn' || family === 'bool';
}

/** `ForAnyValue:StringLikeIfExists` → its parts; undefined when IAM knows no such operator. */
export function readOperator(text: string): OperatorUse | undefined {
  const [, quantifier, rest = ''] = /^(?:(ForAnyValue|ForAllValues):)?(\w{1,40})$/.exec(text) ?? [];
  const ifExists = rest.endsWith('IfExists');
  const operator = operators.get(ifExists ? rest.slice(0, -'IfExists'.length) : rest);
  if (operator === undefined) return undefined;
  // Null asks whether a key exists at all: neither a set prefix nor IfExists would mean anything.
  if (operator.family === 'null' && (ifExists || quantifier !== undefined)) return undefined;
  return { operator, quantifier: quantifier as OperatorUse['quantifier'], ifExists };
}

/** The operator of a condition that was checked when it was parsed. */
export function operatorOf(condition: { readonly operator: string }): Operator {
  const operator = operators.get(condition.operator);
  if (operator === undefined) throw new Error(`no such operator: ${condition.operator}`);
  return operator;
}
