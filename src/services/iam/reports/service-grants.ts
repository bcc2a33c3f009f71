// Whether a permissions policy lets anybody do anything of a service: what reports and lists of policies go by.

import type { CompiledStatement } from '#access/compile.ts';
import { openCompiler } from '#access/compiler.ts';
import { compilePattern, matches } from '#access/match.ts';
import type { PolicyDocument } from '#core/ports/policy-source.ts';
import { knownActions } from '#wire/known-actions.ts';

const actions = knownActions();
const compile = openCompiler();

/** The services that are served here, by their prefix. */
export const servedServices: readonly string[] = [...actions.keys()];

/** True when a statement allows an action of the service, on whatever resource and condition; denials do not count. */
export function grantsService(document: PolicyDocument, namespace: string): boolean {
  // Documents are checked before they are kept.
  return compile(document, 'identity').allows.some((statement) => allowsSomeOf(statement, namespace.toLowerCase()));
}

function allowsSomeOf({ matchesAction, source }: CompiledStatement, namespace: string): boolean {
  const known = actions.get(namespace);
  if (known !== undefined) return [...known].some((action) => matchesAction(`${namespace}:${action}`));
  // Of a service that is not served no action is known: what is said of it counts, NotAction only for the whole of it.
  const { not, patterns } = source.actions;
  const spoken = patterns.filter((pattern) => {
    const [service = '', name = '*'] = pattern.toLowerCase().split(':');
    return matches(compilePattern(service), namespace) && !(not && name !== '*');
  });
  return spoken.length > 0 !== not;
}
