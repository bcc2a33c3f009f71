// Metrics of several processes as one page: each series says which worker it is of.

/** `texts` are pages of the exposition format by worker; comments are kept once. */
export function mergeMetrics(texts: ReadonlyMap<number, string>): string {
  const comments = new Set<string>();
  const families = new Map<string, string[]>();
  let family: string[] = [];
  for (const [worker, text] of texts) {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      if (line.startsWith('#')) {
        const name = line.split(' ')[2] ?? '';
        family = families.get(name) ?? [];
        families.set(name, family);
        if (!comments.has(line)) family.push(line);
        comments.add(line);
      } else {
        family.push(withWorker(line, worker));
      }
    }
  }
  return `${[...families.values()].flat().join('\n')}\n`;
}

function withWorker(sample: string, worker: number): string {
  const label = `worker="${worker}"`;
  const brace = sample.indexOf('{');
  if (brace >= 0) return `${sample.slice(0, brace + 1)}${label},${sample.slice(brace + 1)}`;
  const space = sample.indexOf(' ');
  return `${sample.slice(0, space)}{${label}}${sample.slice(space)}`;
}
