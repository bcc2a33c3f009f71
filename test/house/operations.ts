// The operations that services serve, read from their tables, and whether any test speaks of them.

import type { ObjectExpression, ObjectPropertyKind } from 'oxc-parser';
import { type SourceFile, walk } from './source-file.ts';

export interface ServedOperation {
  readonly service: string;
  readonly name: string;
}

/** Every operation in a service's tables that has a handler; those that stand there as `later` do not. */
export function servedOperations(files: readonly SourceFile[]): readonly ServedOperation[] {
  const served: ServedOperation[] = [];
  for (const file of files) {
    const service = /^src\/services\/([^/]+)\//.exec(file.path)?.[1];
    if (service === undefined || file.isTest) continue;
    for (const property of tablesOf(file).flatMap((table) => table.properties)) {
      const name = operationName(property);
      if (name !== undefined) served.push({ service, name });
    }
  }
  return served;
}

/** Those that no test names: as `PutImage`, `PutImageCommand`, `putImage` or `put-image`. */
export function untestedOperations(served: readonly ServedOperation[], tests: readonly string[]): readonly string[] {
  return served
    .filter(({ name }) => {
      const camel = name.charAt(0).toLowerCase() + name.slice(1);
      const kebab = camel.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const named = new RegExp(`\\b(${name}|${name}Command|${camel}|${kebab}|${kebab.replaceAll('-', '_')})\\b`);
      return !tests.some((text) => named.test(text));
    })
    .map(({ service, name }) => `${service} ${name}: every operation has a test that names it`);
}

const isTable = /^(operations|\w+Operations)$/;

/** Object literals that are called `operations` or `…Operations`, as a constant or as a member. */
function tablesOf(file: SourceFile): readonly ObjectExpression[] {
  const tables: ObjectExpression[] = [];
  walk(file.program, (node) => {
    const value =
      node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && isTable.test(node.id.name)
        ? node.init
        : node.type === 'Property' && node.key.type === 'Identifier' && isTable.test(node.key.name)
          ? node.value
          : null;
    const bare = value?.type === 'TSSatisfiesExpression' || value?.type === 'TSAsExpression' ? value.expression : value;
    if (bare?.type === 'ObjectExpression') tables.push(bare);
  });
  return tables;
}

function operationName(property: ObjectPropertyKind): string | undefined {
  if (property.type !== 'Property' || property.key.type !== 'Identifier') return undefined;
  const isLater = property.value.type === 'Identifier' && property.value.name === 'later';
  return isLater ? undefined : property.key.name;
}
