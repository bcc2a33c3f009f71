// Source files as the house tests see them: parsed once, with their imports, exports and syntax tree.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Node, type Program, parseSync, visitorKeys } from 'oxc-parser';

export interface Import {
  readonly specifier: string;
  /** True when nothing of it is loaded at run time. */
  readonly typeOnly: boolean;
  /** The names that are taken from it; empty for a side effect, a namespace or a dynamic import. */
  readonly names: readonly string[];
  /** The path from the project's root when it is one of ours. */
  readonly target: string | undefined;
}

export interface SourceFile {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly program: Program;
  readonly imports: readonly Import[];
  /** True for tests, contract suites and what stands in a folder `testing`. */
  readonly isTest: boolean;
}

export const projectRoot: string = join(import.meta.dirname, '..', '..');

const sourcePattern = /\.(ts|mts|mjs)$/;

/** Every source file under the folders (from the root), by path; a folder that is not there has none. */
export async function readSources(...folders: readonly string[]): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  for (const folder of folders) {
    const names = await readdir(join(projectRoot, folder), { recursive: true }).catch(() => []);
    for (const name of names.filter((candidate) => sourcePattern.test(candidate)).toSorted()) {
      const path = `${folder}/${name}`;
      if (!path.includes('node_modules/'))
        files.push(parseSource(path, await readFile(join(projectRoot, path), 'utf8')));
    }
  }
  return files;
}

/** Parses a text as the file of that path. Throws on a syntax error. */
export function parseSource(path: string, text: string): SourceFile {
  const result = parseSync(path, text);
  const [error] = result.errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const isTest = /\.test\.ts$|\/testing\/|\/suite\.ts$|^test\//.test(path);
  const program = result.program;
  return { path, text, lines: text.split('\n'), program, imports: importsOf(path, program), isTest };
}

/** Calls `visit` for every node, parents first. */
export function walk(node: Node, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  visit(node, parent);
  for (const key of visitorKeys[node.type] ?? []) {
    const child: unknown = Reflect.get(node, key);
    for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) walk(item, visit, node);
  }
}

/** The line, counted from 1, of an offset in the file. */
export function lineOf(file: SourceFile, offset: number): number {
  let line = 1;
  for (let feed = file.text.indexOf('\n'); feed !== -1 && feed < offset; feed = file.text.indexOf('\n', feed + 1))
    line += 1;
  return line;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function importsOf(path: string, program: Program): readonly Import[] {
  const imports: Import[] = [];
  const add = (source: Node | null, typeOnly: boolean, names: readonly string[] = []): void => {
    if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
    imports.push({ specifier: source.value, typeOnly, names, target: targetOf(path, source.value) });
  };
  walk(program, (node) => {
    if (node.type === 'ImportDeclaration') {
      const named = node.specifiers.filter((specifier) => specifier.type === 'ImportSpecifier');
      const onlyTypes = named.length > 0 && named.every((specifier) => specifier.importKind === 'type');
      const typeOnly = node.importKind === 'type' || (onlyTypes && named.length === node.specifiers.length);
      add(
        node.source,
        typeOnly,
        named.flatMap(({ imported }) => ('name' in imported ? [imported.name] : [])),
      );
    } else if (node.type === 'ExportNamedDeclaration') add(node.source, node.exportKind === 'type');
    else if (node.type === 'ExportAllDeclaration') add(node.source, node.exportKind === 'type');
    else if (node.type === 'ImportExpression') add(node.source, false);
    else if (node.type === 'TSImportType') add(node.source, true);
  });
  return imports;
}

function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`;
  if (!specifier.startsWith('.')) return undefined;
  return join(path, '..', specifier).replaceAll('\\', '/');
}
