// `npm run bench`: servers beside each other under the same load, section by section. bench/README.md.

import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { type Tools as ClientTools, installTools } from '../test/clients/tools.ts';
import { readArguments, refuse, wholeNumber } from '../test/support/command-line.ts';
import { runCommand } from '../test/support/run-command.ts';
import { checkoutFolder } from '../test/support/server-process.ts';
import type { Tools } from './cases/bench-case.ts';
import { leaveNothingBehind } from './ending.ts';
import { type Form, forms } from './form.ts';
import { LoadProcess } from './load/load-process.ts';
import { type Group, measureGroup, rowOf } from './measure.ts';
import type { BenchResult, Row, Section } from './report/result.ts';
import { groupLines, headLines } from './report/table.ts';
import { type SectionPlan, sectionPlans } from './sections.ts';
import type { Target } from './targets/target.ts';

// A flood comes from other machines: here its generator must not keep the honest client's from the processor.
const floodNice = 19;

const usage = `
npm run bench [-- OPTIONS]

  --short           at most 90 s, once the peers are installed
  --long            also a site of 1,000,000 images, and ten minutes of mixed load
  --only NAME       sections or cases whose name contains it; may be given again
  --budget SECONDS  no further case begins after so many
  --json [FILE]     for a program; without FILE on standard output, and the table on the error output

bench/README.md says what is measured.`;

const { values, positionals } = readArguments(usage, {
  allowPositionals: true,
  options: {
    short: { type: 'boolean' },
    long: { type: 'boolean' },
    json: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    budget: { type: 'string' },
  },
});
if (values.short === true && values.long === true) refuse('--short and --long exclude each other');
if (positionals.length > (values.json === true ? 1 : 0)) refuse(`Unexpected argument '${positionals.at(-1)}'`);
const form: Form = values.short === true ? forms.short : values.long === true ? forms.long : forms.usual;
/** Who names cases wants them all. */
const ownBudgetMs = values.only === undefined ? form.budgetMs : Number.POSITIVE_INFINITY;
const budgetMs = values.budget === undefined ? ownBudgetMs : wholeNumber('budget', values.budget, 0) * 1000;
const jsonFile = values.json === true ? positionals[0] : undefined;
/** With --json and no file, standard output is the JSON alone. */
const show = values.json === true && jsonFile === undefined ? console.error : console.log;
const remarks: string[] = [];
const say = (line: string) => {
  remarks.push(line);
  show(`# ${line}`);
};
const isWanted = (name: string) => values.only?.some((part) => name.includes(part)) ?? true;

leaveNothingBehind();
const clients = await haveTools();
// What had to be installed and built first says nothing of the cases, and takes nothing of their time.
const beganMs = performance.now();
await bench();

async function haveTools(): Promise<ClientTools> {
  const sinceMs = performance.now();
  const found = await installTools(['docker-registry', 'registry'], say);
  const seconds = (performance.now() - sinceMs) / 1000;
  if (seconds > 1) say(`installing and building the peers took ${seconds.toFixed(0)} s, which do not count`);
  return found;
}

async function bench(): Promise<void> {
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
