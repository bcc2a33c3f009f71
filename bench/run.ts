// `npm run bench [-- --short | --long] [--json [FILE]] [--only NAME]`: see bench/README.md.

import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { installTools } from '../test/clients/tools.ts';
import { runCommand } from '../test/support/run-command.ts';
import { checkoutFolder } from '../test/support/server-process.ts';
import type { Tools } from './cases/bench-case.ts';
import { type Form, forms } from './form.ts';
import { LoadProcess } from './load/load-process.ts';
import { type Group, measureGroup, rowOf } from './measure.ts';
import type { BenchResult, Row, Section } from './report/result.ts';
import { groupLines, headLines } from './report/table.ts';
import { type SectionPlan, sectionPlans } from './sections.ts';
import type { Target } from './targets/target.ts';

// A flood comes from other machines: here its generator must not keep the honest client's from the processor.
const floodNice = 19;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean' },
    long: { type: 'boolean' },
    json: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    budget: { type: 'string' },
  },
});
const beganMs = performance.now();
const form: Form = values.short === true ? forms.short : values.long === true ? forms.long : forms.usual;
/** Who names cases wants them all. */
const ownBudgetMs = values.only === undefined ? form.budgetMs : Number.POSITIVE_INFINITY;
const budgetMs = values.budget === undefined ? ownBudgetMs : Number(values.budget) * 1000;
const jsonFile = values.json === true ? positionals[0] : undefined;
/** With --json and no file, standard output is the JSON alone. */
const show = values.json === true && jsonFile === undefined ? console.error : console.log;
const remarks: string[] = [];
const say = (line: string) => {
  remarks.push(line);
  show(`# ${line}`);
};
const isWanted = (name: string) => values.only?.some((part) => name.includes(part)) ?? true;

await bench();

async function bench(): Promise<void> {
  const clients = await installTools(['docker-registry', 'registry'], say);
  const loadAverage = loadavg()[0] ?? Number.NaN;
  const tools: Tools = { form, load: new LoadProcess(), otherLoad: new LoadProcess(floodNice) };
  const sections: Section[] = [];
  try {
    for (const plan of sectionPlans(form, clients)) {
      const section = await runSection(plan, tools);
      if (section !== undefined) sections.push(section);
      // A long run that is broken off leaves what it has found.
      if (jsonFile !== undefined) await writeFile(jsonFile, await textOf(sections, loadAverage));
    }
  } finally {
    tools.load.close();
    tools.otherLoad.close();
  }
  show(`\n${((performance.now() - beganMs) / 1000).toFixed(0)} s in all`);
  if (values.json === true && jsonFile === undefined) process.stdout.write(await textOf(sections, loadAverage));
}

async function textOf(sections: readonly Section[], loadAverage: number): Promise<string> {
  const result: BenchResult = {
    ...{ format: 1, date: new Date().toISOString(), form: form.name },
    machine: { node: process.version, cpus: cpus().length, cpuModel: cpus()[0]?.model ?? '', loadAverage },
    ...{ commit: await commit(), remarks, sections },
  };
  return `${JSON.stringify(result, roundNumber, 1)}\n`;
}

async function runSection(plan: SectionPlan, tools: Tools): Promise<Section | undefined> {
  // Names of groups need no servers: what nobody asked for is not started.
  const names = plan.groups([]).map((group) => group.name);
  const isWhole = isWanted(plan.name);
  if (!isWhole && !names.some(isWanted) && names.length > 0) return undefined;
  if (isOver(plan)) {
    say(`${plan.name}: left out, as the time is used up`);
    return undefined;
  }
  const targets = await plan.start(say);
  const rows: Row[] = [];
  const leftOut: string[] = [];
  try {
    if (targets.length > 0) for (const line of headLines(plan.title, plan.ratio)) show(line);
    if (isWhole) rows.push(...showRows(startRows(targets)));
    for (const group of plan.groups(targets)) {
      if ((!isWhole && !isWanted(group.name)) || group.subjects.length === 0) continue;
      if (isOver(plan)) leftOut.push(group.name);
      else rows.push(...showRows(await measured(group, tools, plan)));
    }
  } finally {
    for (const target of targets) await target.stop();
  }
  if (leftOut.length > 0) say(`${plan.name}: left out, as the time is used up: ${leftOut.join('; ')}`);
  return targets.length === 0 ? undefined : { title: plan.title, ratio: plan.ratio, rows };
}

/** A case that fails is said and the others go on; the bench then ends with 1. */
async function measured(group: Group, tools: Tools, { ratio }: SectionPlan): Promise<readonly Row[]> {
  try {
    return await measureGroup(group, tools, ratio);
  } catch (error) {
    process.exitCode = 1;
    say(`FAILED ${group.name}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function isOver({ share }: SectionPlan): boolean {
  return performance.now() - beganMs > budgetMs * share;
}

function showRows(rows: readonly Row[]): readonly Row[] {
  for (const line of groupLines(rows)) show(line);
  return rows;
}

/** Starts were measured as the targets started. */
function startRows(targets: readonly Target[]): readonly Row[] {
  return targets
    .filter(({ starts }) => starts.length > 0)
    .map(({ name, starts }) => {
      const samples = starts.map(({ wallMs, cpuMs, rssBytes }) => ({
        ...{ cpuMs, wallMs, unitsPerSecond: Number.NaN, p50Ms: Number.NaN, p99Ms: Number.NaN, loadCpuMs: Number.NaN },
        ...{ writtenBytes: 0, peakRssBytes: rssBytes, loopP99Ms: Number.NaN },
      }));
      return rowOf({ name: 'start, warm, until it answers', unit: 'start' }, name, samples);
    });
}

async function commit(): Promise<string> {
  const git = ['-C', checkoutFolder, 'describe', '--always', '--dirty', '--abbrev=12'];
  return runCommand('git', git).then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  );
}

/** Four digits that count are enough for every number here. */
function roundNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
