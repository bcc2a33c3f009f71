// Rules for actions: that service and action exist, and that none says what another says already.

import { actionProblem } from '../elements.ts';
import { compilePattern, matches } from '../match.ts';
import { shorten } from '../shorten.ts';
import type { LintedStatement, LintRules } from './finding.ts';
import { isServicePrefix } from './known-services.ts';

/** Beyond this many no pairs are compared, so that linting stays cheap. */
const comparedMax = 300;

export function lintActions({ actions }: LintedStatement, rules: LintRules): void {
  for (const action of actions) lintAction(action, rules);
  const { report } = rules;
  if (actions.length > comparedMax) return;
  const folded = actions.map(({ text }) => text.toLowerCase());
  const patterns = folded.map((text) => (text.includes('*') || text.includes('?') ? compilePattern(text) : undefined));
  for (const [index, action] of actions.entries()) {
    const own = folded[index] ?? '';
    const wider = folded.findIndex((other, at) => {
      if (at === index || (other === own && at > index)) return false;
      return other === own || (patterns[at] !== undefined && matches(patterns[at], own));
    });
    if (wider < 0) continue;
    const details = `${shorten(action.text)} says no more than ${shorten(actions[wider]?.text ?? '')} does.`;
    report('SUGGESTION', 'REDUNDANT_ACTION', action, details);
  }
}

function lintAction(action: LintedStatement['actions'][number], { report, catalogue }: LintRules): void {
  const { text } = action;
  if (text === '*') return;
  if (actionProblem(text) !== undefined) {
    return report('ERROR', 'INVALID_ACTION', action, `${shorten(text)} is no action: write service:Name.`);
  }
  const [service = '', name = ''] = text.toLowerCase().split(':');
  const known = catalogue.get(service);
  if (known === undefined) {
    if (isServicePrefix(service)) return;
    const details = `No service has the prefix ${shorten(service)}.`;
    return report('ERROR', 'INVALID_SERVICE_IN_ACTION', action, details);
  }
  if (name.includes('*') || name.includes('?')) {
    const pattern = compilePattern(name);
    if ([...known].some((one) => matches(pattern, one))) return;
  } else if (known.has(name)) return;
  report('ERROR', 'INVALID_ACTION', action, `${service} has no action that ${shorten(text)} names.`);
}
