// sallyport certificate list, show, export, key, verify: proof that deleted keys are gone, for whoever has to show it.

import { open, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { openCertificate } from '#services/kms/erasure/certificate.ts';
import { type CertificateSource, certificateSource, type SourceFlags } from './certificate-source.ts';
import { type CliContext, withClientFlags } from './context.ts';
import { tableLines, timeCell } from './tables.ts';
import { certificateLines, verifyCertificateCommand } from './verify-certificate.ts';

export function certificateCommand(context: CliContext): Command {
  return new Command('certificate')
    .description('proof that deleted keys are gone')
    .addCommand(list(context))
    .addCommand(show(context))
    .addCommand(exportCommand(context))
    .addCommand(key(context))
    .addCommand(verifyCertificateCommand(context));
}

function withSource(command: Command): Command {
  return withClientFlags(command).option(
    '--host',
    'read the data folder on this machine instead of asking the server: of all accounts, removed ones too',
  );
}

async function within(
  context: CliContext,
  flags: SourceFlags,
  work: (source: CertificateSource) => Promise<void>,
): Promise<void> {
  const source = await certificateSource(context, flags);
  try {
    await work(source);
  } finally {
    await source.close();
  }
}

function list(context: CliContext): Command {
  const { terminal } = context;
  return withSource(new Command('list'))
    .description('list the keys that were deleted and their certificates; needs sallyport:ListDeletionCertificates')
    .option('--json', 'as JSON')
    .action((flags: SourceFlags & { readonly json?: boolean }) =>
      within(context, flags, async (source) => {
        const certificates = await source.list();
        if (flags.json === true) return terminal.out(JSON.stringify(certificates, null, 2));
        const rows = certificates.map(({ certificateId, keyArn, executedAt, issuedAt, waitsFor }) => [
          ...[certificateId, keyArn, timeCell(executedAt), timeCell(issuedAt)],
          waitsFor === undefined ? '-' : waitsFor,
        ]);
        const heading = ['ID', 'KEY', 'DESTROYED', 'ISSUED', 'WAITS FOR'];
        for (const line of tableLines(heading, rows)) terminal.out(line);
      }),
    );
}

function show(context: CliContext): Command {
  const { terminal } = context;
  return withSource(new Command('show'))
    .description('print what a certificate says; needs sallyport:GetDeletionCertificate')
    .argument('<certificate-id>', 'dc-…')
    .option('--json', 'as JSON')
    .action((certificateId: string, flags: SourceFlags & { readonly json?: boolean }) =>
      within(context, flags, async (source) => {
        const certificate = openCertificate(Buffer.from(await source.envelope(certificateId), 'latin1'));
        if (flags.json === true) return terminal.out(JSON.stringify(certificate, null, 2));
        for (const line of certificateLines(certificate)) terminal.out(line);
      }),
    );
}

function exportCommand(context: CliContext): Command {
  const { terminal, workingFolder } = context;
  return withSource(new Command('export'))
    .description('write a certificate, and the list it names; needs sallyport:GetDeletionCertificate, ReadDeletionList')
    .argument('<certificate-id>', 'dc-…')
    .option('--out <file>', 'the certificate, into a new file; otherwise it is printed')
    .option('--list <file>', 'the list of all that the key had guarded, into a new file')
    .action((certificateId: string, flags: SourceFlags & { readonly out?: string; readonly list?: string }) =>
      within(context, flags, async (source) => {
        const envelope = await source.envelope(certificateId);
        if (flags.list !== undefined) await writeList(source, certificateId, resolve(workingFolder, flags.list));
        if (flags.out === undefined) return terminal.out(envelope.trimEnd());
        await writeFile(resolve(workingFolder, flags.out), envelope, { flag: 'wx' });
        terminal.out(`The certificate is in ${flags.out}.`);
      }),
    );
}

async function writeList(source: CertificateSource, certificateId: string, path: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for await (const lines of source.lists(certificateId)) await file.write(lines);
    await file.sync();
  } finally {
    await file.close();
  }
}

function key(context: CliContext): Command {
  const { terminal, call, workingFolder } = context;
  return withClientFlags(new Command('key'))
    .description('print the public key that certificates are verified with; needs sallyport:GetCertificateKey')
    .option('--out <file>', 'into a new file')
    .action(async (flags: SourceFlags & { readonly out?: string }) => {
      const { keyId, publicKey } = await call('GetCertificateKey', {}, flags);
      if (flags.out === undefined) return terminal.out(publicKey.trimEnd());
      await writeFile(resolve(workingFolder, flags.out), publicKey, { flag: 'wx' });
      terminal.out(`The public key ${keyId} is in ${flags.out}.`);
    });
}
