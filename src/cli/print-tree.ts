// A decision tree as people read it: what decided, then each policy with its statements, then what would allow it.

import type { DecisionTree } from '#access/trace/decision-tree.ts';

type Policy = DecisionTree['policies'][number];
type Statement = Policy['statements'][number];

export function treeLines(tree: DecisionTree): readonly string[] {
  const { reason, by, decidedBy, policies, changes } = tree;
  const where = decidedBy === undefined ? '' : `, by statement ${decidedBy.index + 1} of ${decidedBy.policyName}`;
  const verdicts = { allowed: `allowed by the ${by}`, 'explicit-deny': `denied in the ${by}`, 'implicit-deny': '' };
  const verdict = verdicts[reason] || `no ${by} allows it`;
  return [
    `decision   ${verdict}${where}`,
    ...policies.flatMap(policyLines),
    ...(policies.length === 0 ? ['           no policy of this account applies'] : []),
    ...changes.flatMap(changeLines),
  ];
}

function policyLines({ type, name, effect, statements, omitted, context, problem }: Policy): readonly string[] {
  const effects = { allows: 'allows', denies: 'denies', neither: 'says nothing of it' };
  return [
    '',
    `${type} ${name}: ${problem === undefined ? effects[effect] : `is no policy: ${problem}`}`,
    ...statements.flatMap(statementLines),
    ...(omitted > 0 ? [`  and ${omitted} statements more`] : []),
    ...context.map(({ key, values }) => `  read ${key}: ${shown(values)}`),
  ];
}

function statementLines({ index, sid, effect, start, matched, mismatches }: Statement): readonly string[] {
  const name = sid === undefined ? '' : ` "${sid}"`;
  const place = `line ${start.line}, column ${start.column}`;
  return [
    `  ${matched ? '●' : '○'} statement ${index + 1}${name} (${place}) ${effect}${matched ? ': matches' : ''}`,
    ...mismatches.map(({ element, operator, key, wanted, found }) => {
      const what = operator === undefined ? element : `${element} ${operator} ${key}`;
      return `      ${what} wants ${shown(wanted)}, the request has ${shown(found)}`;
    }),
  ];
}

function changeLines(change: DecisionTree['changes'][number], at: number): readonly string[] {
  const { kind, policyType, policyName, index = 0, sid, owner, statement } = change;
  const first = at === 0 ? ['', 'to allow it'] : [];
  const named = policyName === undefined ? '' : ` ${policyName}`;
  if (kind === 'change-statement') {
    const which = `statement ${index + 1}${sid === undefined ? '' : ` "${sid}"`}`;
    return [...first, `  change ${which} of the ${policyType}${named} of ${owner}: it denies`];
  }
  return [...first, `  add to the ${policyType}${named} of ${owner}:`, `    ${statement ?? ''}`];
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.join(', ');
}
