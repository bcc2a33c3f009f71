// The context keys that policies read: in conditions and as variables, as they are written there.

import { PolicySyntaxError, parsePolicy } from '#access/parse.ts';
import type { ParsedPolicy } from '#access/policy.ts';
import { DomainError } from '#core/errors.ts';

/** Sorted, each once whatever its case. Throws invalid-input for a document that is no policy. */
export function contextKeysOf(texts: readonly string[]): readonly string[] {
  const keys = texts.flatMap((text) => keysIn(parsed(text)));
  const byFolded = new Map(keys.toReversed().map((key) => [key.toLowerCase(), key]));
  return [...byFolded.values()].toSorted();
}

function parsed(text: string): ParsedPolicy {
  try {
    return parsePolicy(text, 'identity');
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw new DomainError('invalid-input', `${error.message} (line ${error.line}, column ${error.column})`, {});
  }
}

function keysIn({ version, statements }: ParsedPolicy): readonly string[] {
  return statements.flatMap(({ resources, conditions }) => {
    const texts = [...(resources?.patterns ?? []), ...conditions.flatMap(({ values }) => values)];
    const variables = version === '2012-10-17' ? texts.flatMap(variablesIn) : [];
    return [...conditions.map(({ key }) => key), ...variables];
  });
}

function variablesIn(text: string): readonly string[] {
  const found = text.matchAll(/\$\{([^},]+)/g);
  return [...found].map(([, name = '']) => name.trim()).filter((name) => !['*', '?', '$'].includes(name));
}
