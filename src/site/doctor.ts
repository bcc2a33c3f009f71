// What `sallyport doctor` looks at. It changes nothing.

import { X509Certificate } from 'node:crypto';
import { readFile, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Finding } from '#cli/commands.ts';
import type { Config } from '#config/config.ts';
import type { HostPort } from '#config/name-parsers.ts';
import { limits } from '#core/limits.ts';
import { openRootKey } from '#services/kms/root-key.ts';
import { type Platform, rootKeyFile } from './stores.ts';

export async function examine(config: Config, platform: Platform): Promise<readonly Finding[]> {
  return [
    await dataFolder(config),
    await rootKey(config, platform),
    clock(platform),
    await port('listen', config.listen),
    ...(config.managementListen === 'off' ? [] : [await port('managementListen', config.managementListen)]),
    await space(config),
    await tls(config, platform),
  ];
}

async function dataFolder({ data }: Config): Promise<Finding> {
  const check = 'data folder';
  const found = await stat(data).catch(() => undefined);
  if (found === undefined) return { check, ok: true, detail: `${data} is not there yet; the first start makes it` };
  const mode = (found.mode & 0o777).toString(8);
  if (!found.isDirectory())
    return { check, ok: false, detail: `${data} is no folder`, remedy: 'Choose another --data.' };
  if ((found.mode & 0o077) === 0) return { check, ok: true, detail: `${data}, mode ${mode}` };
  return { check, ok: false, detail: `${data} has mode ${mode}: others can look into it`, remedy: `chmod 700 ${data}` };
}

async function rootKey({ data }: Config, { random }: Platform): Promise<Finding> {
  const check = 'root key';
  const file = rootKeyFile(data);
  if ((await stat(file).catch(() => undefined)) === undefined) {
    return { check, ok: true, detail: `${file} is not there yet; the first start makes it` };
  }
  try {
    const { id } = await openRootKey(file, random);
    return { check, ok: true, detail: `${file}, id ${id}; keep a copy apart from the backups of the rest` };
  } catch (error) {
    return {
      check,
      ok: false,
      detail: (error as Error).message,
      remedy: 'Restore the key from its copy, or mend its mode.',
    };
  }
}

/** Signatures are good for five minutes: a clock that is far off refuses everybody. */
function clock({ clock: { nowMs } }: Platform): Finding {
  const now = new Date(nowMs());
  const ok = now.getUTCFullYear() >= 2026;
  const finding = { check: 'clock', ok, detail: now.toISOString() };
  return ok ? finding : { ...finding, remedy: 'Set the clock: signatures are refused when it is off by five minutes.' };
}

async function port(check: string, { host, port: number }: HostPort): Promise<Finding> {
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
  const remedy = 'If that is this site already running, all is well; else choose another address.';
  return { check, ok: false, detail: `${shown} cannot be had: ${code}`, remedy };
}

async function space({ data }: Config): Promise<Finding> {
  const check = 'free space';
  const found = await statfs(data).catch(() => undefined);
  if (found === undefined) return { check, ok: true, detail: 'known once the data folder is there' };
  const freeBytes = found.bavail * found.bsize;
  const ok = freeBytes > 2 * limits.freeSpaceBytesMin;
  const finding = { check, ok, detail: `${Math.floor(freeBytes / 2 ** 20)} MiB` };
  return ok ? finding : { ...finding, remedy: 'Make room: below 256 MiB nothing is accepted any more.' };
}

async function tls({ tls: setting, listen, allowPlaintext }: Config, platform: Platform): Promise<Finding> {
  const check = 'TLS';
  if (setting === 'self-signed') return { check, ok: true, detail: 'self-signed by the local CA under DATA/tls' };
  if (setting === 'off') {
    const detail = `off; listening on ${listen.host}${allowPlaintext ? ', plaintext allowed' : ''}`;
    return { check, ok: true, detail };
  }
  try {
    const { validTo } = new X509Certificate(await readFile(setting.certificate));
    const ok = Date.parse(validTo) > platform.clock.nowMs();
    const finding = { check, ok, detail: `${setting.certificate}, until ${validTo}` };
    return ok ? finding : { ...finding, remedy: 'Put a new certificate in place: it is taken without a restart.' };
  } catch (error) {
    return { check, ok: false, detail: (error as Error).message, remedy: 'Name files that this user can read.' };
  }
}
