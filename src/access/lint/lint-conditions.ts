// Rules for conditions: operators that exist, values that fit them, and operators that do not do what they seem to.

import { type OperatorUse, readOperator } from '../operators.ts';
import type { JsonMember, JsonMembers } from '../positioned-json.ts';
import { oneOrMany } from '../read-members.ts';
import { shorten } from '../shorten.ts';
import { valueProblem } from '../value-syntax.ts';
import type { LintRules } from './finding.ts';

/** Keys that have several values in one request; all others have one. */
const multiValued = /^(aws:(tagkeys|principalorgpaths|resourceorgpaths|calledvia|principalservicenameslist))$/;

export function lintConditions(condition: JsonMember | undefined, rules: LintRules): void {
  if (condition === undefined) return;
  const { report } = rules;
  if (condition.value.type !== 'object') {
    return report('ERROR', 'DATA_TYPE_MISMATCH', condition.value, 'Condition must be a JSON object.');
  }
  for (const [name, byKey] of condition.value.members) {
    const use = readOperator(name);
    if (use === undefined) {
      report('ERROR', 'INVALID_OPERATOR', byKey.name, `${shorten(name)} is no condition operator.`);
    } else if (byKey.value.type !== 'object') {
      report('ERROR', 'DATA_TYPE_MISMATCH', byKey.value, `${shorten(name)} must be a JSON object of keys.`);
    } else lintKeys(use, byKey.value, rules);
  }
}

function lintKeys(use: OperatorUse, keys: JsonMembers, rules: LintRules): void {
  const { report } = rules;
  for (const [key, member] of keys.members) {
    if (!/^[^\s:]+:./.test(key)) {
      report('ERROR', 'INVALID_CONDITION_KEY_FORMAT', member.name, `${shorten(key)} is no condition key.`);
    }
    if (use.quantifier === 'ForAllValues' && isSingleValued(key)) {
      const details = `${shorten(key)} has one value: ForAllValues also holds when there is none at all.`;
      report('SECURITY_WARNING', 'FORALLVALUES_WITH_SINGLE_VALUED_KEY', member.name, details);
    }
    lintValues(use, member, rules);
  }
}

function isSingleValued(key: string): boolean {
  return /^aws:/i.test(key) && !multiValued.test(key.toLowerCase());
}

function lintValues({ operator }: OperatorUse, { value: values }: JsonMember, { report, variables }: LintRules): void {
  for (const value of oneOrMany(values)) {
    if (value.type !== 'text' && value.type !== 'number' && value.type !== 'boolean') {
      report('ERROR', 'DATA_TYPE_MISMATCH', value, 'A value must be a string, a number or a boolean.');
      continue;
    }
    const problem = valueProblem(operator, value.text, variables);
    if (problem !== undefined)
      report('ERROR', `INVALID_VALUE_FOR_${operator.family.toUpperCase()}`, value, `${problem}.`);
    const plain = value.text.replaceAll(/\$\{[^}]*\}/g, '');
    if (operator.family !== 'string' || !/[*?]/.test(plain)) continue;
    const like = operator.negated ? 'StringNotLike' : 'StringLike';
    const details = `${operator.name} takes * and ? for themselves: write ${like} if they are wildcards.`;
    report('WARNING', 'WILDCARD_WITHOUT_LIKE_OPERATOR', value, details);
  }
}
