// The text of a root key file: the key itself (version 1), or how another provider keeps it (version 2).

import { createHash } from 'node:crypto';

export const providerNames = ['file', 'passphrase', 'shamir', 'pkcs11', 'aws-kms'] as const;

export type ProviderName = (typeof providerNames)[number];

export interface RootRecord {
  /** Of the root key. */
  readonly id: string;
  readonly provider: ProviderName;
  /** What the provider needs to open the key: never the key itself, but for `file`. */
  readonly fields: ReadonlyMap<string, string>;
}

export const recordBytesMax = 4096;

const plain = /^sallyport-root-key 1\nid ([0-9a-f]{16})\nkey ([0-9a-f]{64})\n$/;
const kept = new RegExp(
  '^sallyport-root-key 2\\nid ([0-9a-f]{16})\\nprovider ([a-z0-9-]+)\\n' +
    '((?:[a-z][a-z-]* [!-~][ -~]*\\n)*)sum ([0-9a-f]{16})\\n$',
);

export function writeRecord({ id, provider, fields }: RootRecord): string {
  if (provider === 'file') return `sallyport-root-key 1\nid ${id}\nkey ${fields.get('key') ?? ''}\n`;
  const lines = [...fields].map(([name, value]) => `${name} ${value}\n`).join('');
  const text = `sallyport-root-key 2\nid ${id}\nprovider ${provider}\n${lines}`;
  return `${text}sum ${sumOf(text)}\n`;
}

/** Undefined for anything that `writeRecord` does not write. */
export function parseRecord(text: string): RootRecord | undefined {
  const [, plainId, key] = plain.exec(text) ?? [];
  if (plainId !== undefined && key !== undefined) {
    return { id: plainId, provider: 'file', fields: new Map([['key', key]]) };
  }
  const [, id, name, lines = '', sum] = kept.exec(text) ?? [];
  const provider = providerNames.find((known) => known === name);
  const isWhole = sum !== undefined && sum === sumOf(text.slice(0, text.lastIndexOf('sum ')));
  if (id === undefined || provider === undefined || provider === 'file' || !isWhole) return undefined;
  const fields = lines
    .split('\n')
    .slice(0, -1)
    .map((line): [string, string] => {
      const space = line.indexOf(' ');
      return [line.slice(0, space), line.slice(space + 1)];
    });
  return { id, provider, fields: new Map(fields) };
}

/** Against accidents, so that a torn or bent file is named as such; no protection against people. */
function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
