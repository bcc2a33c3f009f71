// Cycles between files, found as strongly connected components (Tarjan) and told as one way around.

import type { SourceFile } from './source-file.ts';

/** `a.ts → b.ts → a.ts: no cycles`, one for each knot of files. Imports of types count: they tie files as well. */
export function importCycles(files: readonly SourceFile[]): readonly string[] {
  const paths = new Set(files.map(({ path }) => path));
  const edges = new Map<string, readonly string[]>();
  for (const { path, imports } of files) {
    edges.set(path, [...new Set(imports.flatMap(({ target }) => (target && paths.has(target) ? [target] : [])))]);
  }
  return knots(edges).map((knot) => `${wayAround(knot, edges).join(' → ')}: no cycles`);
}

function knots(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found: string[][] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const visit = (path: string): number => {
    const own = index.size;
    index.set(path, own);
    low.set(path, own);
    stack.push(path);
    for (const next of edges.get(path) ?? []) {
      const reach = index.has(next) ? (stack.includes(next) ? (index.get(next) ?? own) : own) : visit(next);
      low.set(path, Math.min(low.get(path) ?? own, reach));
    }
    if (low.get(path) === own) {
      const knot = stack.splice(stack.indexOf(path));
      if (knot.length > 1 || edges.get(path)?.includes(path)) found.push(knot);
    }
    return low.get(path) ?? own;
  };
  for (const path of edges.keys()) if (!index.has(path)) visit(path);
  return found;
}

/** A shortest way inside the knot from its first file back to it. */
function wayAround(knot: readonly string[], edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const [start = ''] = knot;
  const ways: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of edges.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, start];
      if (!knot.includes(next) || seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return [start];
}
