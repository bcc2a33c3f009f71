// The rules of a tidy file. Each returns one sentence a violation: `file:line: the rule`.

import type { Node } from 'oxc-parser';
import { lineOf, type SourceFile, walk } from './source-file.ts';
import { bannedWords, isWordList, waiting } from './words.ts';

export const tidyLimits = {
  sourceLines: 300,
  sourceLinesMedian: 100,
  testLines: 500,
  functionLines: 70,
  columns: 120,
  exports: 8,
};

/** Files that are too long; tests may be longer. */
export function longFiles(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, lines, isTest }) => {
    const limit = isTest ? tidyLimits.testLines : tidyLimits.sourceLines;
    return lines.length - 1 > limit ? [`${path}: ${lines.length - 1} lines; a file has at most ${limit}`] : [];
  });
}

/** The median of the sources' lines. */
export function medianLines(files: readonly SourceFile[]): number {
  const counts = files.filter(({ isTest }) => !isTest).map(({ lines }) => lines.length - 1);
  return counts.toSorted((left, right) => left - right)[Math.floor(counts.length / 2)] ?? 0;
}

/** Functions that do not fit a screen. One that only holds tests may be as long as they are. */
export function longFunctions(files: readonly SourceFile[]): readonly string[] {
  const violations: string[] = [];
  for (const file of files) {
    walk(file.program, (node) => {
      if (!isFunction(node)) return;
      const first = lineOf(file, node.start);
      const lines = lineOf(file, node.end) - first + 1;
      if (lines <= tidyLimits.functionLines || holdsTests(node)) return;
      violations.push(`${file.path}:${first}: a function of ${lines} lines; at most ${tidyLimits.functionLines}`);
    });
  }
  return violations;
}

/** Lines that are too wide. A line with one word that cannot be broken (a digest, a URL) may be. */
export function wideLines(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => {
      const unbreakable = line.split(/\s+/).some((word) => word.length > tidyLimits.columns - 40);
      if (line.length <= tidyLimits.columns || unbreakable) return [];
      return [`${path}:${index + 1}: ${line.length} columns; a line has at most ${tidyLimits.columns}`];
    }),
  );
}

/** Files that do not open with a sentence that says what they are for. */
export function wordlessFiles(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, lines }) => {
    const start = lines[0]?.startsWith('#!') ? 1 : 0;
    const length = lines.slice(start).findIndex((line) => !line.startsWith('//'));
    const opening = lines
      .slice(start, start + length)
      .join(' ')
      .trimEnd();
    const isSentence = /^\/\/ \S+ \S+ /.test(opening) && /[.:)]$/.test(opening);
    return isSentence ? [] : [`${path}:${start + 1}: a file opens with a sentence (// …) that says what it is for`];
  });
}

/** Words with a better replacement. */
export function bannedLines(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, lines, isTest }) => {
    if (isWordList(path)) return [];
    const words = bannedWords.filter(({ where }) => where?.(path) ?? true);
    return lines.flatMap((line, index) => {
      const hasReason = (lines[index - 1] ?? '').trimStart().startsWith('//');
      const found = words.filter(({ pattern, reasoned }) => pattern.test(line) && !(reasoned && hasReason));
      const rules = found.map(({ pattern, instead }) => `${line.match(pattern)?.[0]}: ${instead}`);
      if (isTest && waiting.test(line) && !hasReason && !line.includes('//'))
        rules.push('a test that waits by the clock says why');
      return rules.map((rule) => `${path}:${index + 1}: ${rule}`);
    });
  });
}

/** The type `any` without the reason that the lint comment before it gives. */
export function anyTypes(files: readonly SourceFile[]): readonly string[] {
  const violations: string[] = [];
  for (const file of files) {
    walk(file.program, (node) => {
      if (node.type !== 'TSAnyKeyword') return;
      const line = lineOf(file, node.start);
      if (file.lines[line - 2]?.includes('noExplicitAny')) return;
      violations.push(`${file.path}:${line}: any: say unknown, and narrow it`);
    });
  }
  return violations;
}

/** Files with more exports than one idea needs; types, tables of data and the queries of a tables.ts do not count. */
export function wideExports(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const count = file.program.body.reduce((sum, statement) => sum + exportsOf(statement), 0);
    if (file.isTest || file.path.endsWith('/tables.ts') || count <= tidyLimits.exports) return [];
    return [`${file.path}: ${count} exports; a file has at most ${tidyLimits.exports} beside types and tables`];
  });
}

function exportsOf(statement: Node): number {
  if (statement.type === 'ExportDefaultDeclaration') return 1;
  if (statement.type !== 'ExportNamedDeclaration' || statement.exportKind === 'type') return 0;
  const { declaration } = statement;
  if (declaration === null) return statement.specifiers.length;
  if (declaration.type !== 'VariableDeclaration') return declaration.type.startsWith('TS') ? 0 : 1;
  return declaration.declarations.filter(({ init }) => init !== null && !isData(init)).length;
}

function isData(node: Node): boolean {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'ParenthesizedExpression':
      return isData(node.expression);
    case 'NewExpression':
      return node.callee.type === 'Identifier' && ['Set', 'Map'].includes(node.callee.name);
    case 'UnaryExpression':
    case 'BinaryExpression':
      return true;
    default:
      return ['ObjectExpression', 'ArrayExpression', 'Literal', 'TemplateLiteral', 'Identifier'].includes(node.type);
  }
}

function isFunction(node: Node): boolean {
  return ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type);
}

function holdsTests(node: Node): boolean {
  let found = false;
  walk(node, (child) => {
    if (child.type !== 'CallExpression' || child.callee.type !== 'Identifier') return;
    if (['test', 'it', 'describe', 'suite'].includes(child.callee.name)) found = true;
  });
  return found;
}
