// Kills a process again and again while it replaces the root key: after each death everything opens, under one root.

import { fork } from 'node:child_process';
import { once } from 'node:events';
// The moment of a kill is what this is about.
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { prepareDataFolder } from '../../src/cli/data-folder.ts';
import { parseAccountId, parseRegion } from '../../src/core/account.ts';
import { systemClock } from '../../src/core/clock.ts';
import { collectFindings } from '../../src/core/findings.ts';
import { systemRandom } from '../../src/core/random.ts';
import { deriveSecret } from '../../src/services/kms/root/root-key.ts';
import { verifyKeys } from '../../src/services/kms/verification.ts';
import { databaseFile } from '../../src/site/data-files.ts';
import { openFileRoot, openKeys, readKeys } from '../../src/site/keys/open-keys.ts';
import { openSiteDatabase } from '../../src/site/stores.ts';
import { openSqliteToRead } from '../../src/stores/sql/sqlite/open-to-read.ts';
import { seededRandom } from './driving/seeded-random.ts';

export interface RootRotationsOptions {
  readonly seed: number;
  readonly kills: number;
  readonly domains: number;
  readonly dataFolder: string;
  readonly progress: (line: string) => void;
}

export interface RootRotationsReport {
  readonly kills: number;
  /** Deaths with the rotation begun and not over. */
  readonly midway: number;
  readonly rootKeys: number;
}

const script = fileURLToPath(new URL('rotate-root.ts', import.meta.url));
const platform = { clock: systemClock, random: systemRandom };

/** Throws with one sentence as soon as anything does not open. */
export async function runRootRotations(options: RootRotationsOptions): Promise<RootRotationsReport> {
  const { kills, dataFolder, progress } = options;
  const chance = seededRandom(options.seed);
  await prepareDataFolder(dataFolder);
  const secret = await fill(options);
  const wholeMs = await rotate(dataFolder, undefined);
  const roots = new Set<string>();
  let midway = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    await rotate(dataFolder, chance.between(0, Math.ceil(wholeMs)));
    const { id, nextId } = await look(options, secret);
    roots.add(id);
    if (nextId !== undefined) midway += 1;
    if (kill % 50 === 0) progress(`${kill} kills, ${midway} midway, ${roots.size} root keys`);
  }
  await rotate(dataFolder, undefined);
  const { nextId } = await look(options, secret);
  if (nextId !== undefined) throw new Error('a rotation that nobody broke off is not over');
  return { kills, midway, rootKeys: roots.size };
}

async function fill({ dataFolder, domains }: RootRotationsOptions): Promise<string> {
  const keys = await openKeys(dataFolder, systemRandom, openFileRoot);
  const { database, keyRing } = await openSiteDatabase(dataFolder, platform, keys);
  const region = parseRegion('us-east-1');
  for (let index = 0; index < domains; index += 1) {
    const accountId = parseAccountId(String(100_000_000_000 + index));
    if (accountId === undefined || region === undefined) throw new Error('no registry');
    await keyRing.domainOf({ accountId, region });
  }
  await database.close();
  return deriveSecret(keys.siteKey, 'audit').toString('hex');
}

/** Kills so long after the process has opened the site; undefined lets it end. How long the rotation took. */
async function rotate(dataFolder: string, killAfterMs: number | undefined): Promise<number> {
  const child = fork(script, [dataFolder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await Promise.race([once(child, 'message'), ended]);
  const beganMs = performance.now();
  if (killAfterMs !== undefined) {
    // The moment of the kill is what the test is about.
    await pause(killAfterMs);
    child.kill('SIGKILL');
  }
  const [code] = await ended;
  if (killAfterMs === undefined && code !== 0) throw new Error(`a rotation ended with code ${code}`);
  return performance.now() - beganMs;
}

/** Every key domain opens under the keys that a start would have, and the site's own secrets are what they were. */
async function look({ dataFolder, domains }: RootRotationsOptions, secret: string) {
  const keys = await readKeys(dataFolder, systemRandom, openFileRoot);
  if (keys === undefined) throw new Error('the root key is gone');
  if (deriveSecret(keys.siteKey, 'audit').toString('hex') !== secret) throw new Error('the site key is another one');
  const database = openSqliteToRead(databaseFile(dataFolder));
  const findings = collectFindings();
  await verifyKeys(database, keys.roots, findings);
  await database.close();
  const { damage, counts } = findings.report();
  const [first] = damage;
  if (first !== undefined) throw new Error(`${first.subject}: ${first.what}`);
  if (counts['key domains'] !== domains) throw new Error(`${counts['key domains']} of ${domains} key domains are left`);
  return { id: keys.roots.current().id, nextId: keys.nextId };
}
