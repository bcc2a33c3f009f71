// sallyport certificate verify: whether a deletion certificate is what was issued. Needs neither server nor site.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { findLine } from '#audit/find-line.ts';
import { limits } from '#core/limits.ts';
import { readAuditFiles } from '#services/cloudtrail/audit-folder.ts';
import { CertificateFault, openCertificate, readPublicKey } from '#services/kms/erasure/certificate.ts';
import type { Certificate } from '#services/kms/erasure/certificate-form.ts';
import { ListReader } from '#services/kms/erasure/deletion-list.ts';
import { type CliContext, exitCodes } from './context.ts';

interface Flags {
  readonly key?: string;
  readonly list?: string;
  readonly audit?: string;
  readonly json?: boolean;
}

const keyBytesMax = 16 * 1024;

export function verifyCertificateCommand({ terminal, workingFolder, exitWith }: CliContext): Command {
  return new Command('verify')
    .description('check a deletion certificate, without a server; exit code 1 when it is not one to believe')
    .argument('<file>', 'the certificate, as `certificate export` wrote it')
    .option('--key <file>', 'the public key of the site, as `certificate key` printed it')
    .option('--list <file>', 'the list that belongs to it, as `certificate export --list` wrote it')
    .option('--audit <folder>', "the folder with the site's audit log: DATA/audit, or a copy")
    .option('--json', 'as JSON')
    .action(async (file: string, flags: Flags) => {
      const at = (path: string) => resolve(workingFolder, path);
      try {
        const { certificate, lines } = await verify(at(file), flags, at);
        if (flags.json === true) {
          for (const line of lines) terminal.err(line);
          return terminal.out(JSON.stringify(certificate, null, 2));
        }
        for (const line of [...lines, ...certificateLines(certificate)]) terminal.out(line);
      } catch (error) {
        if (!(error instanceof CertificateFault)) throw error;
        exitWith(exitCodes.failed);
        terminal.err(`NOT VALID: ${error.message}`);
      }
    });
}

async function verify(file: string, { key, list, audit }: Flags, at: (path: string) => string) {
  const pem = key === undefined ? undefined : await readBounded(at(key), keyBytesMax);
  const certificate = openCertificate(
    await readBounded(file, limits.certificateBytesMax),
    pem && readPublicKey(pem.toString('latin1')),
  );
  const { keyId } = certificate.signer;
  const lines = [
    pem === undefined
      ? `VALID in itself, signed by the key ${keyId}. Whose key that is was not checked: give it with --key.`
      : `VALID: signed by the key that was given, ${keyId}.`,
  ];
  if (list !== undefined) lines.push(await verifyList(at(list), certificate));
  if (audit !== undefined) lines.push(await verifyAudit(at(audit), certificate));
  return { certificate, lines };
}

/** One byte more than may be there is read, so that what is too large is seen to be. */
async function readBounded(file: string, bytesMax: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.alloc(bytesMax + 1);
    let filled = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
      filled += bytesRead;
      if (bytesRead === 0 || filled === bytes.length) return bytes.subarray(0, filled);
    }
  } finally {
    await handle.close();
  }
}

async function verifyList(file: string, { madeUnreadable }: Certificate): Promise<string> {
  const reader = new ListReader();
  for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) reader.read(piece);
  const { fault, sha256, bytes, ...counts } = reader.end();
  const { list, listed: _listed, ...wanted } = madeUnreadable;
  if (sha256 !== list.sha256 || bytes !== list.bytes) {
    throw new CertificateFault('The list is not the one that the certificate names.');
  }
  const isSame =
    counts.repositories === wanted.repositories && counts.images === wanted.images && counts.layers === wanted.layers;
  if (fault !== undefined || !isSame) {
    throw new CertificateFault(`The list is no list of what was made unreadable${fault ? `: ${fault}` : ''}.`);
  }
  return 'The list is the one that the certificate names.';
}

async function verifyAudit(folder: string, { audit, key }: Certificate): Promise<string> {
  const directory = await parentOfAudit(folder);
  const found = await findLine(readAuditFiles(directory), audit.sequence);
  if (found.is === 'missing') {
    const span = found.first === undefined ? 'no lines' : `the lines ${found.first} to ${found.last}`;
    throw new CertificateFault(`The audit log in ${folder} has ${span}: line ${audit.sequence} is not among them.`);
  }
  if (found.is === 'damaged') throw new CertificateFault(`The audit log is damaged in ${found.file}.`);
  const digest = createHash('sha256').update(found.line).digest('hex');
  if (digest !== audit.recordSha256) {
    throw new CertificateFault(`Line ${audit.sequence} of the audit log is not the record that the certificate names.`);
  }
  if (!isDeletionOf(found.line, key.arn)) {
    throw new CertificateFault(`Line ${audit.sequence} of the audit log does not tell of the deletion of the key.`);
  }
  return `The audit log has the record of the deletion at line ${audit.sequence} (${found.file}).`;
}

/** The log's files lie in a folder named `audit`; whoever gives the folder above it means the same. */
async function parentOfAudit(folder: string): Promise<string> {
  const names = await readdir(folder);
  if (basename(folder) === 'audit' && names.some((name) => name.endsWith('.jsonl'))) return dirname(folder);
  if (names.includes('audit')) return folder;
  throw new CertificateFault(`There is no audit log in ${folder}: name a folder that is called audit.`);
}

function isDeletionOf(line: Buffer, keyArn: string): boolean {
  const { eventName, errorCode, requestParameters } = JSON.parse(line.toString('utf8')) as {
    readonly eventName?: unknown;
    readonly errorCode?: unknown;
    readonly requestParameters?: { readonly keyId?: unknown } | null;
  };
  return eventName === 'DeleteKey' && errorCode === undefined && requestParameters?.keyId === keyArn;
}

/** What it says, for people. */
export function certificateLines(certificate: Certificate): readonly string[] {
  const { key, deletion, madeUnreadable, storage, audit } = certificate;
  const { repositories, images, layers, list, listed } = madeUnreadable;
  const asked =
    deletion.scheduledBy === null ? '' : `, asked for by ${deletion.scheduledBy} at ${deletion.scheduledAt}`;
  return [
    `certificate  ${certificate.certificateId} of site ${certificate.siteId}, issued ${certificate.issuedAt}`,
    `key          ${key.arn} (${key.spec}, ${key.usage}, ${key.origin})`,
    `destroyed    ${deletion.executedAt} (${deletion.cause}${asked})`,
    `cleared      ${storage.clearedAt}: until then its wrapped bytes may have lain in files of the database`,
    ...key.materialIds.map((id) => `material     ${id}`),
    ...key.materialRemainsIn.map((arn) => `REMAINS      the same material is kept by ${arn}`),
    `unreadable   ${repositories} repositories, ${images} images, ${layers} layers`,
    ...(listed ?? []).flatMap(({ arn, images: digests }) => [
      `             ${arn}`,
      ...digests.map((digest) => `               ${digest}`),
    ]),
    ...(listed === null ? [`list         SHA-256 ${list.sha256}, ${list.bytes} bytes`] : []),
    `audit        line ${audit.sequence} of ${audit.chain}, SHA-256 ${audit.recordSha256}`,
  ];
}
