// A site with a customer key whose deletion was scheduled, opened once more when the clock has moved past it.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { runCli } from '../../src/cli/cli.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { DeletionCertificateLine } from '../../src/core/ports/deletion-certificates.ts';
import { systemRandom } from '../../src/core/random.ts';
import { certificatesAtHost } from '../../src/site/certificates-at-host.ts';
import { openSite, type Site } from '../../src/site/open-site.ts';
import type { House } from './house.ts';
import type { Said } from './sallyport-client.ts';

const dayMs = 24 * 3600 * 1000;

export async function newKey({ kms }: House['administrator']): Promise<string> {
  return (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
}

/** A repository under the key with one image; the digest of its manifest. */
export async function newImage(
  { ecr, oci }: House['administrator'],
  repositoryName: string,
  kmsKey: string,
  encryptionType: 'KMS' | 'KMS_DSSE' = 'KMS',
): Promise<string> {
  const encryptionConfiguration = { encryptionType, kmsKey };
  await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName, encryptionConfiguration }));
  await (await oci()).pushImage(repositoryName, 'v1', [Buffer.from(`layer of ${repositoryName}`)]);
  const { imageIds } = await ecr.send(new Ecr.ListImagesCommand({ repositoryName }));
  return imageIds?.[0]?.imageDigest ?? '';
}

export function configOf(dataFolder: string): Config {
  const flags = { '--data': dataFolder, '--listen': '127.0.0.1:0' };
  return loadConfig({ flags, environment: {}, workingFolder: dataFolder }).config;
}

/** The stopped site of a folder, a while later: its jobs run at once. */
export function openLater(dataFolder: string, days: number): Promise<Site> {
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + days * dayMs };
  const platform = { clock, random: systemRandom };
  return openSite(configOf(dataFolder), { log: () => undefined, platform, jobsDelayMs: 0 });
}

/** Once there are so many and all are issued. */
export async function issued(dataFolder: string, count = 1): Promise<readonly DeletionCertificateLine[]> {
  for (;;) {
    const certificates = await certificatesAtHost(configOf(dataFolder));
    const lines = await certificates.list(undefined, '', 100);
    await certificates.close();
    if (lines.length >= count && lines.every(({ issuedAtMs }) => issuedAtMs !== undefined)) return lines;
    // Nobody is told when a job has run: looking again later is all that can be done.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Pieces of all wrapped copies of a key in the database: of its material, and of its repositories' slots. */
export function wrappedPieces(dataFolder: string, keyArn: string): readonly Buffer[] {
  const database = new DatabaseSync(join(dataFolder, 'sallyport.db'), { readOnly: true });
  try {
    const keyId = keyArn.slice(keyArn.lastIndexOf('/') + 1);
    const materials = database.prepare('select wrapped as bytes from kms_key_material where key_id = ?').all(keyId);
    const slots = ['data_key', 'domain_key'].flatMap((column) =>
      database.prepare(`select ${column} as bytes from kms_repository_key where key_arn = ?`).all(keyArn),
    );
    // Each end by itself: a copy of which a part was overwritten counts too.
    return [...materials, ...slots].flatMap(({ bytes }) => {
      const copy = Buffer.from(bytes as Uint8Array);
      return [copy.subarray(-60, -44), copy.subarray(-32, -16), copy.subarray(-16)];
    });
  } finally {
    database.close();
  }
}

/** The files of a folder that hold any of the pieces. */
export async function filesWith(folder: string, pieces: readonly Buffer[]): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    if (pieces.some((piece) => bytes.includes(piece))) found.push(entry.name);
  }
  return found;
}

/** `sallyport …` without a server. */
export async function runAlone(...args: readonly string[]): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  const code = await runCli(args, { openCertificates: certificatesAtHost } as never, terminal, {}, '/nowhere');
  return { code, out: out.join('\n'), err: err.join('\n') };
}
