// Markers that are put into everything a site may be told, and the search for them in whatever it leaves on a disk.

import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Found {
  readonly marker: string;
  /** How it was written: `raw`, `hex`, `base64`. */
  readonly form: string;
  readonly place: string;
}

interface Needle {
  readonly marker: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Remembers what must be nowhere. */
export class Markers {
  readonly #needles: Needle[] = [];

  /** A text of letters and digits, which no way of quoting or escaping changes. */
  text(marker: string): string {
    const text = `Mk${randomBytes(12).toString('hex')}aA1`;
    this.secret(marker, text);
    return text;
  }

  /** Something that the site made, or random bytes: nothing when there is none, which is the test's mistake. */
  secret(marker: string, value: string | Uint8Array | undefined): void {
    const bytes = Buffer.from(value ?? '');
    if (bytes.length < 12) throw new Error(`${marker} is too short to be looked for`);
    const forms = new Map(formsOf(bytes).map(([form, needle]) => [String(needle), { form, needle }]));
    for (const { form, needle } of forms.values()) this.#needles.push({ marker, form, bytes: Buffer.from(needle) });
  }

  get count(): number {
    return new Set(this.#needles.map(({ marker }) => marker)).size;
  }

  in(bytes: Buffer, place: string): readonly Found[] {
    return this.#needles
      .filter((needle) => bytes.includes(needle.bytes))
      .map(({ marker, form }) => ({ marker, form, place }));
  }

  /** In every file below a folder, and in the names of the files. */
  async below(folder: string): Promise<{ readonly found: readonly Found[]; readonly files: readonly string[] }> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const found: Found[] = [...this.in(Buffer.from(files.join('\n')), 'the names of files')];
    for (const file of files) {
      // What is removed meanwhile (a temporary file) leaves nothing to look at.
      const bytes = await readFile(file).catch(() => Buffer.alloc(0));
      found.push(...this.in(bytes, file));
    }
    return { found, files };
  }
}

/** Whatever stands before it: base64 has three ways to write the same bytes. */
function formsOf(bytes: Buffer): ReadonlyArray<readonly [form: string, needle: string | Buffer]> {
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [
    ['raw', bytes],
    ['hex', hex],
    ['hex', hex.toUpperCase()],
    ...base64.map((text) => ['base64', text] as const),
    ...base64.map((text) => ['base64', text.replaceAll('+', '-').replaceAll('/', '_')] as const),
  ];
}
