// The AWS CLI's own files: sections of `name = value` lines, as `~/.aws/config` and `~/.aws/credentials` have them.

import { readFile } from 'node:fs/promises';

/** Section name → its values, names in lower case. */
export type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A file that is not there has no sections. */
export async function readSections(file: string): Promise<Sections> {
  return parseSections(await readFile(file, 'utf8').catch(() => ''));
}

export function parseSections(text: string): Sections {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    // Indented lines belong to a nested value, which nothing here reads.
    if (/^\s|^[#;]|^$/.test(line)) continue;
    const heading = /^\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line)?.[1];
    if (heading !== undefined) {
      current = sections.get(heading) ?? new Map<string, string>();
      sections.set(heading, current);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals > 0) current?.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  return sections;
}
