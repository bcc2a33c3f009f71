// `npm run docs`: prints docs/reference/ from the tables themselves. `--check` fails when what is committed is stale.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLineReference } from './reference/command-line.ts';
import { limitsReference } from './reference/limits.ts';
import { operationsReference } from './reference/operations.ts';
import { settingsReference } from './reference/settings.ts';

const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Every generated document: path inside the checkout → text. */
export async function generateDocs(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/operations.md', operationsReference()],
    ['docs/reference/limits.md', limitsReference(await limitsSources())],
    ['docs/reference/configuration.md', settingsReference()],
    ['docs/reference/command-line.md', await commandLineReference()],
  ]);
}

async function limitsSources(): Promise<string> {
  const files = ['src/core/limits.ts', 'src/core/identity-limits.ts'];
  return (await Promise.all(files.map((file) => readFile(join(checkout, file), 'utf8')))).join('\n');
}

/** Paths whose committed text is not what would be generated now. */
export async function staleDocs(): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const [path, text] of await generateDocs()) {
    const committed = await readFile(join(checkout, path), 'utf8').catch(() => '');
    if (committed !== text) stale.push(path);
  }
  return stale;
}

async function main(): Promise<void> {
  if (process.argv.includes('--check')) {
    const stale = await staleDocs();
    for (const path of stale) console.error(`${path} is stale: npm run docs`);
    process.exitCode = stale.length === 0 ? 0 : 1;
    return;
  }
  for (const [path, text] of await generateDocs()) {
    await mkdir(dirname(join(checkout, path)), { recursive: true });
    await writeFile(join(checkout, path), text);
  }
}

if (import.meta.main) await main();
