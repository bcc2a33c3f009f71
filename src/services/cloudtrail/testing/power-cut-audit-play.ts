// For tests: an audit log that is appended to, the power cut or the process killed under it, and what was answered
// looked for; by a seed.

import assert from 'node:assert/strict';
import { chainStart, headAt } from '#audit/chain.ts';
import { sealBatch } from '#audit/testing/seal-batch.ts';
import { verifyAuditLog } from '#audit/verify.ts';
import { manualClock } from '#core/clock.ts';
import { type Chance, seededChance } from '#std/testing/seeded-chance.ts';
import { VolatileDisk } from '#std/testing/volatile-disk.ts';
import { readAuditAnchor } from '../audit-anchor.ts';
import { type AuditFiles, openAuditFiles } from '../audit-files.ts';
import { readAuditFiles } from '../audit-folder.ts';
import { EndedError, type PowerCutAuditOptions, powerCutAuditDisk } from './power-cut-audit-disk.ts';

const macKey = Buffer.alloc(32, 7);
const directory = '/data';
const lives = 4;
const clock = manualClock(0);

interface Play {
  readonly chance: Chance;
  /** Lines whose append was answered; they have to stay, in this order. */
  readonly kept: string[];
  /** All lines that were ever handed in. */
  readonly tried: Set<string>;
}

export interface AuditPowerCutPlay {
  readonly seed: number;
  readonly lies?: PowerCutAuditOptions['lies'];
}

export interface AuditPowerCutCounts {
  cuts: number;
  /** Lines whose append was answered. */
  acknowledged: number;
  /** Lines that were looked for after a cut, each time. */
  checked: number;
}

/** Opens the log and appends to it until the process ends; only the end and the disk's faults are expected. */
async function liveOnce(play: Play, options: PowerCutAuditOptions): Promise<void> {
  try {
    const fileSystem = powerCutAuditDisk(options);
    const files = await openAuditFiles({ directory, clock, headAt, fileSystem, fileBytesMax: 3000 });
    for (let count = 0; count < 20; count += 1) await append(play, files);
  } catch (error) {
    if (!(error instanceof EndedError) && !isFault(error)) throw error;
  }
}

async function append({ chance, kept, tried }: Play, files: AuditFiles): Promise<void> {
  const name = () => `{"requestID":"${tried.size}-${'x'.repeat(Math.floor(chance() * 900))}"}\n`;
  const lines: string[] = [];
  for (let count = 1 + Math.floor(chance() * 3); count > 0; count -= 1) {
    const line = name();
    tried.add(line);
    lines.push(line);
  }
  try {
    const { bytes, head } = sealBatch(lines, files.head() ?? chainStart, macKey);
    await files.append(bytes, head);
    kept.push(...lines);
  } catch (error) {
    if (!isFault(error)) throw error;
  }
}

function isFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EIO';
}

/** Opened once more without a fault, the chain holds, and every line that was answered is in it. */
async function check(disk: VolatileDisk, { chance, kept, tried }: Play): Promise<void> {
  const fileSystem = powerCutAuditDisk({ disk, chance, endAtCall: Number.POSITIVE_INFINITY });
  const files = await openAuditFiles({ directory, clock, headAt, fileSystem });
  await files.close();
  const found: string[] = [];
  for await (const { lines } of readAuditFiles(directory, fileSystem)) {
    for await (const line of lines) if (line.includes('requestID')) found.push(line.toString());
  }
  const anchor = await readAuditAnchor(directory, fileSystem);
  const report = await verifyAuditLog(readAuditFiles(directory, fileSystem), macKey, anchor);
  assert.deepEqual(report.problems, []);
  let at = -1;
  for (const line of kept) {
    const next = found.indexOf(line, at + 1);
    assert.ok(next > at, `a line that was answered is gone: ${line.slice(0, 40)}`);
    at = next;
  }
  for (const line of found) assert.ok(tried.has(line), 'nobody wrote this line');
  assert.deepEqual(
    files.findings.filter((finding) => finding.includes('anchor says')),
    [],
  );
}

/** Throws AssertionError when what was answered is gone. Adds to `counts`. */
export async function playAuditPowerCuts(
  { seed, lies }: AuditPowerCutPlay,
  counts: AuditPowerCutCounts,
): Promise<void> {
  const chance = seededChance(seed);
  const play: Play = { chance, kept: [], tried: new Set() };
  let disk = new VolatileDisk();
  for (let life = 0; life < lives; life += 1) {
    const failOneIn = chance() < 0.3 ? 30 : undefined;
    await liveOnce(play, { disk, chance, endAtCall: Math.floor(chance() * 120), failOneIn, lies });
    // A kill leaves what was not synced in the system's memory: a later power cut may still take it.
    if (chance() < 0.4) continue;
    counts.cuts += 1;
    disk = disk.afterPowerCut(chance);
    await check(disk, play);
    counts.checked += play.kept.length;
  }
  await check(disk, play);
  counts.checked += play.kept.length;
  counts.acknowledged += play.kept.length;
}
