// Deletion certificates as they lie in the data folder: read beside a server or without one, and without any key.

import { requireSite } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import { openCertificates } from '#services/kms/erasure/certificates.ts';
import { openSqliteToRead } from '#stores/sql/sqlite/open-to-read.ts';
import { databaseFile } from './data-files.ts';

export async function certificatesAtHost({ data }: Config) {
  await requireSite(data);
  const database = openSqliteToRead(databaseFile(data));
  return { ...openCertificates(database), close: () => database.close() };
}
