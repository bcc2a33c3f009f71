// The audit chains of a data folder: one for the site, and one more for each further process that has served it.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { auditFileNumbers, auditFolder, isMissing } from './audit-folder.ts';

export interface AuditChain {
  /** Has the log in its folder `audit`. */
  readonly directory: string;
  /** What its seals' key is derived for: none can be put in another's place. */
  readonly keyPurpose: string;
  /** What stands before file names in reports: `workers/2/`; empty for the first. */
  readonly prefix: string;
}

/** The folder that a worker has for itself. */
export function workerFolder(dataFolder: string, index: number): string {
  return join(dataFolder, 'workers', String(index));
}

/** The chain of the process with this number, from 1. The first goes on with the chain of a site without workers. */
export function auditChainOf(dataFolder: string, index: number): AuditChain {
  if (index === 1) return { directory: dataFolder, keyPurpose: 'audit', prefix: '' };
  return {
    directory: workerFolder(dataFolder, index),
    keyPurpose: `audit/${index}`,
    prefix: `workers/${index}/`,
  };
}

/** The folder of what is done at the host, without the server. */
export function hostFolder(dataFolder: string): string {
  return join(dataFolder, 'host');
}

/** Its chain: commands never touch those of a server that runs. */
export function hostAuditChain(dataFolder: string): AuditChain {
  return { directory: hostFolder(dataFolder), keyPurpose: 'audit/host', prefix: 'host/' };
}

/** All that are there, of workers that no longer run too. */
export async function auditChains(dataFolder: string): Promise<readonly AuditChain[]> {
  const workers = (await workerNumbers(dataFolder)).filter((index) => index > 1);
  const chains = [1, ...workers].map((index) => auditChainOf(dataFolder, index));
  const host = hostAuditChain(dataFolder);
  return (await auditFileNumbers(auditFolder(host.directory))).length > 0 ? [...chains, host] : chains;
}

/** The numbers of the workers that have ever had a folder, ascending. */
export async function workerNumbers(dataFolder: string): Promise<readonly number[]> {
  const names = await readdir(join(dataFolder, 'workers')).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const numbers = names.filter((name) => /^[1-9]\d{0,3}$/.test(name)).map(Number);
  return numbers.toSorted((left, right) => left - right);
}
