// What `sallyport doctor` looks at, and what to do about what it finds. It changes nothing.

import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Finding } from '#cli/commands.ts';
import { databaseName, holderOf } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import type { HostPort } from '#config/name-parsers.ts';
import { limits } from '#core/limits.ts';
import { rootFiles } from '#services/kms/root/root-files.ts';
import { examineContent } from './doctor-content.ts';
import { examineMemory } from './doctor-memory.ts';
import { examineTls } from './doctor-tls.ts';
import type { Platform } from './stores.ts';
import type { SiteVerificationOptions } from './verification/site-verification.ts';

export async function examine(
  config: Config,
  platform: Platform,
  options: SiteVerificationOptions,
): Promise<readonly Finding[]> {
  const runningPid = await holderOf(config.data);
  return [
    await dataFolder(config),
    ...(await content(config, platform, options)),
    await clock(config, platform),
    await port('listen', config.listen, runningPid),
    ...(config.managementListen === 'off' ? [] : [await port('managementListen', config.managementListen, runningPid)]),
    await space(config),
    await examineTls(config, platform),
    examineMemory(runningPid),
  ];
}

async function dataFolder({ data }: Config): Promise<Finding> {
  const check = 'data folder';
  const failed = (detail: string, remedy: string) => ({ check, ok: false, detail, remedy });
  const found = await stat(data).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    if (found.code !== 'ENOENT') return failed(`${data} cannot be looked at: ${found.code}`, 'Choose another --data.');
    return { check, ok: true, detail: `${data} is not there yet; the first start makes it` };
  }
  const mode = (found.mode & 0o777).toString(8);
  if (!found.isDirectory()) return failed(`${data} is no folder`, 'Choose another --data.');
  if ((found.mode & 0o077) !== 0)
    return failed(`${data} has mode ${mode}: others can look into it`, `chmod 700 ${data}`);
  const isOurs = await access(data, constants.R_OK | constants.W_OK | constants.X_OK).catch((error: Error) => error);
  if (isOurs instanceof Error)
    return failed(`${data}, mode ${mode}, cannot be used by this user`, `chown it to yourself.`);
  return { check, ok: true, detail: `${data}, mode ${mode}` };
}

/** The root key and the database, whether both are there, and all that is in them. */
async function content(
  config: Config,
  platform: Platform,
  options: SiteVerificationOptions,
): Promise<readonly Finding[]> {
  const check = 'keys';
  const { data } = config;
  const file = rootFiles(data).root;
  const [hasKey, hasDatabase] = [await isThere(file), await isThere(join(data, databaseName))];
  if (hasKey && hasDatabase) return examineContent(config, platform, options);
  if (!hasKey && !hasDatabase) {
    return [{ check, ok: true, detail: `${file} is not there yet; the first start makes it` }];
  }
  if (!hasKey) {
    const remedy = 'Restore the root key from its copy, with mode 0600; without it nothing can be read.';
    return [{ check, ok: false, detail: `${file} is lost, and the database needs it`, remedy }];
  }
  const remedy = 'Restore the database from its backup, or start to make a new one.';
  return [{ check, ok: false, detail: `${join(data, databaseName)} is lost; ${file} is there`, remedy }];
}

/** Signatures are good for five minutes: a clock that is far off refuses everybody. What was written last tells. */
async function clock({ data }: Config, { clock: { nowMs } }: Platform): Promise<Finding> {
  const check = 'clock';
  const newest = await newestChangeMs(join(data, 'audit'));
  const isBack = newest !== undefined && newest > nowMs() + limits.signatureSkewMs;
  const now = new Date(nowMs());
  const why = isBack ? `, before ${new Date(newest).toISOString()}, when the audit log was last written` : '';
  const detail = now.toISOString() + why;
  const ok = !isBack && now.getUTCFullYear() >= 2026;
  const remedy = 'Set the clock, best by NTP: signatures are refused when it is off by five minutes.';
  return ok ? { check, ok, detail } : { check, ok, detail, remedy };
}

async function newestChangeMs(folder: string): Promise<number | undefined> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  const times = found.map((one) => one?.mtimeMs ?? 0);
  return times.length === 0 ? undefined : Math.max(...times);
}

async function port(check: string, { host, port: number }: HostPort, runningPid?: number): Promise<Finding> {
  const shown = `${host}:${number}`;
  if (number === 0) return { check, ok: true, detail: `${shown} picks a free port` };
  const server = createServer();
  const code = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen(number, host, () => resolve(undefined));
  });
  if (code === undefined) {
    await new Promise((resolve) => server.close(resolve));
    return { check, ok: true, detail: `${shown} is free` };
  }
  if (code === 'EADDRINUSE' && runningPid !== undefined) {
    return { check, ok: true, detail: `${shown} is taken, and this site runs with pid ${runningPid}` };
  }
  const remedies: Readonly<Record<string, string>> = {
    EADDRINUSE: `Choose another address, or end what listens there: ss -ltnp 'sport = :${number}'`,
    EACCES: 'Choose a port from 1024 on, or give this user the right to lower ones.',
    EADDRNOTAVAIL: 'Name an address of this machine.',
  };
  const remedy = remedies[code] ?? 'Choose another address.';
  return { check, ok: false, detail: `${shown} cannot be had: ${code}`, remedy };
}

/** Of the disk that the data folder is on, or will be. */
async function space({ data }: Config): Promise<Finding> {
  const check = 'free space';
  let folder = data;
  while (!(await isThere(folder)) && folder !== dirname(folder)) folder = dirname(folder);
  const found = await statfs(folder).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    return {
      check,
      ok: false,
      detail: `${folder} cannot be looked at: ${found.code}`,
      remedy: 'Choose another --data.',
    };
  }
  const freeBytes = found.bavail * found.bsize;
  const needMiB = Math.ceil((2 * limits.freeSpaceBytesMin) / 2 ** 20);
  const ok = freeBytes > 2 * limits.freeSpaceBytesMin;
  const finding = { check, ok, detail: `${Math.floor(freeBytes / 2 ** 20)} MiB free for ${data}` };
  const remedy = `Make room until ${needMiB} MiB are free: below half of that no layer is accepted any more.`;
  return ok ? finding : { ...finding, remedy };
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
