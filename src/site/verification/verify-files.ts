// The data folder's files: that they are ours alone, that none is a stranger, and what an end without a stop left.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { holderOf } from '#cli/data-folder.ts';
import type { Findings } from '#core/findings.ts';

const known: readonly RegExp[] = [
  /^((workers\/\d+|host)\/)?lock$/,
  /^control\.sock$/,
  /^host\/refused-unseals\.json$/,
  /^sallyport\.db(-wal|-shm|-sums|-sums\.new)?$/,
  /^keys\/(root\.key(\.next|\.bridge)?|site\.key)$/,
  /^aws\/(config|credentials)$/,
  /^tls\/(ca|server)\.(crt|key)$/,
  /^((workers\/\d+|host)\/)?audit\/(head|audit-\d{12}\.jsonl(\.\d+\.torn)?)$/,
  /^blobs\/(objects|tmp)\//,
];
const unfinished = /^blobs\/tmp\//;
const isOpenOrElsewhere = /\.crt$|\/keys\/(root|site)\.key/;
const lockFile = /^[1-9]\d* \d+\n$/;

export async function verifyFiles(dataFolder: string, findings: Findings): Promise<void> {
  await verifyMode(dataFolder, dataFolder, findings);
  const isHeld = (await holderOf(dataFolder)) !== undefined;
  for await (const path of filesBelow(dataFolder)) {
    const name = relative(dataFolder, path);
    findings.count('files');
    await verifyMode(dataFolder, path, findings);
    if (!known.some((pattern) => pattern.test(name))) findings.note(`${name} is none of Sallyport's files`);
    if (name === 'lock') await verifyLock(path, findings);
    if (unfinished.test(name) && !isHeld) findings.note(`${name} is an unfinished write: the next start removes it`);
    if (name.endsWith('.torn')) findings.note(`${name} is what a crash tore off the audit log: nobody was told of it`);
  }
  if (!isHeld && (await exists(join(dataFolder, 'sallyport.db-wal')))) {
    findings.note('the server ended without stopping: the next start brings its log into the database');
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string, void, undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(gone);
  for (const entry of entries ?? []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

/** Certificates are public, and the folder above them is closed. The root key's rights are looked at as it is read. */
async function verifyMode(dataFolder: string, path: string, findings: Findings): Promise<void> {
  const found = await stat(path).catch(gone);
  if (found === undefined || isOpenOrElsewhere.test(path) || (found.mode & 0o077) === 0) return;
  findings.damage({
    subject: relative(dataFolder, path) || 'the data folder',
    what: `its mode is ${(found.mode & 0o777).toString(8)}: others may use it`,
    remedy: `chmod -R go-rwx ${dataFolder}, and ask who did that.`,
  });
}

async function verifyLock(path: string, findings: Findings): Promise<void> {
  const text = await readFile(path, 'utf8').catch(gone);
  if (text === undefined || lockFile.test(text)) return;
  const remedy = 'Stop the server if one runs, remove the file, start again.';
  findings.damage({ subject: 'lock', what: 'it does not name a process', remedy });
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(gone)) !== undefined;
}

/** What went away meanwhile was no damage. */
function gone(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
