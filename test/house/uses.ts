// Uses of what only one file may use: the clock, randomness and SQL. Found in the syntax tree, not in the text.

import type { Node } from 'oxc-parser';
import { lineOf, type SourceFile, walk } from './source-file.ts';

interface Use {
  readonly rule: string;
  readonly allows: (file: SourceFile) => boolean;
  readonly finds: (node: Node) => boolean;
}

const clockMembers: ReadonlySet<string> = new Set([
  'Date.now',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.uptime',
  'Temporal.Now',
]);

const randomNames: ReadonlySet<string> = new Set([
  'randomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'randomUUIDv7',
  'getRandomValues',
  'pseudoRandomBytes',
]);

const queryMethods: ReadonlySet<string> = new Set([
  'selectFrom',
  'insertInto',
  'updateTable',
  'deleteFrom',
  'replaceInto',
  'mergeInto',
  'createTable',
  'alterTable',
  'dropTable',
  'createIndex',
]);

const uses: readonly Use[] = [
  {
    rule: 'only core/clock.ts reads the clock',
    allows: ({ path }) => path === 'src/core/clock.ts',
    finds: (node) => {
      if (node.type === 'MemberExpression') return clockMembers.has(memberText(node));
      if (node.type === 'NewExpression') return isNamed(node.callee, 'Date') && node.arguments.length === 0;
      if (node.type === 'ImportDeclaration') return node.source.value === 'node:perf_hooks';
      return node.type === 'CallExpression' && isNamed(node.callee, 'Date');
    },
  },
  {
    rule: 'only core/random.ts makes randomness',
    allows: ({ path }) => path === 'src/core/random.ts',
    finds: (node) => {
      if (node.type === 'ImportSpecifier') return 'name' in node.imported && randomNames.has(node.imported.name);
      if (node.type !== 'MemberExpression') return false;
      return memberText(node) === 'Math.random' || randomNames.has(propertyName(node) ?? '');
    },
  },
  {
    rule: 'only files named tables.ts touch SQL',
    allows: ({ path }) => path.endsWith('/tables.ts') || path.startsWith('src/stores/'),
    finds: (node) => {
      if (node.type === 'TaggedTemplateExpression') return isNamed(node.tag, 'sql');
      if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
      return queryMethods.has(propertyName(node.callee) ?? '');
    },
  },
];

/** Every use outside its place, as `file:line: the rule`. Tests may use what they need. */
export function misplacedUses(files: readonly SourceFile[]): readonly string[] {
  const violations: string[] = [];
  for (const file of files) {
    if (file.isTest) continue;
    const rules = uses.filter((use) => !use.allows(file));
    walk(file.program, (node) => {
      for (const use of rules) {
        if (use.finds(node)) violations.push(`${file.path}:${lineOf(file, node.start)}: ${use.rule}`);
      }
    });
  }
  return violations;
}

function isNamed(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}

function propertyName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  if (node.property.type === 'Identifier' && !node.computed) return node.property.name;
  return node.property.type === 'Literal' && typeof node.property.value === 'string' ? node.property.value : undefined;
}

/** `Date.now` for `Date.now` and `globalThis.Date['now']`. */
function memberText(node: Node): string {
  if (node.type !== 'MemberExpression') return '';
  const property = propertyName(node) ?? '';
  if (node.object.type === 'Identifier') return `${node.object.name}.${property}`;
  return `${propertyName(node.object) ?? ''}.${property}`;
}
