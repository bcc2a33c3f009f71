// Rules for one statement as a whole: the elements that it must have, must not have, and that go badly together.

import type { JsonMember, JsonMembers, JsonText, JsonValue } from '../positioned-json.ts';
import { oneOrMany } from '../read-members.ts';
import { shorten } from '../shorten.ts';
import type { LintedStatement, LintRules } from './finding.ts';
import { lintActions } from './lint-actions.ts';
import { lintConditions } from './lint-conditions.ts';
import { lintPrincipals } from './lint-principals.ts';
import { lintResources } from './lint-resources.ts';

const elements: ReadonlySet<string> = new Set([
  ...['Sid', 'Principal', 'NotPrincipal', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
]);

export function lintStatement(statement: JsonMembers, rules: LintRules): void {
  const { members } = statement;
  const { report, type } = rules;
  for (const [name, { name: place }] of members) {
    if (elements.has(name)) continue;
    report('ERROR', 'UNSUPPORTED_ELEMENT', place, `${shorten(name)} is no element of a statement.`);
  }
  const effect = lintEffect(statement, rules);
  for (const name of ['Principal', 'Action', 'Resource']) lintPair(statement, name, rules);
  const action = members.get('Action') ?? members.get('NotAction');
  const resource = members.get('Resource') ?? members.get('NotResource');
  if (action === undefined) report('ERROR', 'MISSING_ACTION', statement, 'A statement needs Action or NotAction.');
  const needsResource = type !== 'trust' && type !== 'resource';
  if (resource === undefined && needsResource) {
    report('ERROR', 'MISSING_RESOURCE', statement, 'A statement needs Resource or NotResource.');
  }
  const linted: LintedStatement = {
    effect,
    actions: texts(action, rules),
    isNotAction: members.has('NotAction'),
    resources: texts(resource, rules),
    isNotResource: members.has('NotResource'),
  };
  lintActions(linted, rules);
  lintResources(linted, rules);
  lintPassRole(linted, rules);
  lintPrincipals(statement, effect, rules);
  lintConditions(members.get('Condition'), rules);
}

function lintEffect({ members, start, end }: JsonMembers, { report }: LintRules): string | undefined {
  const effect = members.get('Effect')?.value;
  if (effect === undefined) {
    report('ERROR', 'MISSING_EFFECT', { start, end }, 'A statement needs Effect: Allow or Deny.');
    return undefined;
  }
  if (effect.type === 'text' && (effect.text === 'Allow' || effect.text === 'Deny')) return effect.text;
  report('ERROR', 'INVALID_EFFECT', effect, 'Effect must be Allow or Deny, in this spelling.');
  return undefined;
}

function lintPair({ members }: JsonMembers, name: string, { report }: LintRules): void {
  const negated = members.get(`Not${name}`);
  if (negated === undefined || !members.has(name)) return;
  const details = `A statement has ${name} or Not${name}, not both.`;
  report('ERROR', 'UNSUPPORTED_ELEMENT_COMBINATION', negated.name, details);
}

function texts(member: JsonMember | undefined, { report }: LintRules): readonly JsonText[] {
  if (member === undefined) return [];
  const name = member.name.text;
  const values: readonly JsonValue[] = oneOrMany(member.value);
  if (values.length === 0) {
    report('ERROR', `EMPTY_ARRAY_${name.toUpperCase()}`, member.value, `${name} must not be empty.`);
  }
  return values.flatMap((value) => {
    if (value.type === 'text') return [value];
    report('ERROR', 'DATA_TYPE_MISMATCH', value, `${name} must be a string or a list of strings.`);
    return [];
  });
}

/** Whoever may pass every role to a service has every role's rights. */
function lintPassRole(statement: LintedStatement, { report }: LintRules): void {
  const { effect, actions, isNotAction, resources, isNotResource } = statement;
  const everything = resources.find(({ text }) => text === '*');
  if (effect !== 'Allow' || isNotAction || isNotResource || everything === undefined) return;
  const passing = actions.find(({ text }) => /^iam:passrole$/i.test(text));
  if (passing !== undefined) {
    const details = 'iam:PassRole on * hands every role of the account to services: name the roles.';
    report('SECURITY_WARNING', 'PASS_ROLE_WITH_STAR_IN_RESOURCE', everything, details);
  }
}
