// Rules for principals: where they must stand and what they look like.

import type { JsonMembers, JsonText } from '../positioned-json.ts';
import { principalProblem, principalTypes } from '../principal-syntax.ts';
import { oneOrMany } from '../read-members.ts';
import { shorten } from '../shorten.ts';
import type { LintRules } from './finding.ts';

interface NamedPrincipal {
  readonly type: string;
  readonly name: JsonText;
}

export function lintPrincipals(statement: JsonMembers, effect: string | undefined, rules: LintRules): void {
  const { type, report } = rules;
  const member = statement.members.get('Principal') ?? statement.members.get('NotPrincipal');
  if (type === 'identity' || type === 'scp') {
    if (member === undefined) return;
    const details = 'Such a policy speaks of whom it is attached to: it has no principal.';
    return report('ERROR', 'UNSUPPORTED_PRINCIPAL', member.name, details);
  }
  if (member === undefined) {
    return report('ERROR', 'MISSING_PRINCIPAL', statement, 'The statement names no Principal.');
  }
  if (member.name.text === 'NotPrincipal' && effect === 'Allow') {
    const details = 'Allow with NotPrincipal allows everybody else, strangers included: name whom you mean.';
    report('SECURITY_WARNING', 'ALLOW_WITH_NOT_PRINCIPAL', member.name, details);
  }
  const { value } = member;
  if (value.type !== 'object') {
    if (value.type === 'text' && value.text === '*') return;
    return report('ERROR', 'INVALID_PRINCIPAL_FORMAT', value, 'A principal is "*" or an object by type.');
  }
  for (const { type: kind, name } of principalsOf(statement, rules)) lintPrincipal(kind, name, rules);
}

function lintPrincipal(type: string, name: JsonText, { report }: LintRules): void {
  if (!principalTypes.includes(type)) {
    const details = `${shorten(type)} is no type of principal: ${principalTypes.join(', ')} are.`;
    return report('ERROR', 'INVALID_PRINCIPAL_FORMAT', name, details);
  }
  if (type === 'AWS' && name.text === '*') return;
  if (name.text.includes('*') || name.text.includes('?')) {
    const details = `${shorten(name.text)}: a principal holds no wildcard; compare aws:PrincipalArn in a condition.`;
    return report('ERROR', 'UNSUPPORTED_WILDCARD_IN_PRINCIPAL', name, details);
  }
  if (principalProblem(type as 'AWS', name.text) === undefined) return;
  report('ERROR', 'INVALID_PRINCIPAL_FORMAT', name, `${shorten(name.text)} is no principal of type ${type}.`);
}

function principalsOf({ members }: JsonMembers, { report }: LintRules): readonly NamedPrincipal[] {
  const value = (members.get('Principal') ?? members.get('NotPrincipal'))?.value;
  if (value?.type !== 'object') return [];
  return [...value.members].flatMap(([type, { value: named }]) =>
    oneOrMany(named).flatMap((name) => {
      if (name.type === 'text') return [{ type, name }];
      report('ERROR', 'DATA_TYPE_MISMATCH', name, 'A principal must be a string or a list of strings.');
      return [];
    }),
  );
}
