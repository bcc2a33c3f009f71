// Keeps keys out of what a process leaves behind when it dies, and out of reach of what would look into it.

import { readFileSync, writeFileSync } from 'node:fs';

/** What writes this process's memory to a file or a socket, or has the system do so. */
const revealing = [
  /^--inspect(?:-brk|-wait)?$/,
  /^--(?:heapsnapshot-(?:signal|near-heap-limit)|heap-prof|report-on-.*|report-uncaught-exception)$/,
  /^--abort-on-uncaught-exception$/,
];

/** As early as possible in every process that may have keys. Its children inherit the first half. */
export function guardMemory(): void {
  // A core dump then holds no page of memory. Other systems than Linux have no such file: there the limit counts alone.
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {
    // `sallyport doctor` tells of it.
  }
  const { report } = process;
  report.reportOnFatalError = false;
  report.reportOnSignal = false;
  report.reportOnUncaughtException = false;
  report.excludeEnv = true;
  // Else this signal opens an inspector for whoever may connect to loopback.
  process.on('SIGUSR1', () => undefined);
}

/** The options among these, with which Node shows its memory to others. */
export function revealingOptions(args: readonly string[]): readonly string[] {
  // Node takes `_` for `-`, and quotes in its variable.
  const plain = (arg: string) => arg.replaceAll('"', '');
  const nameOf = (arg: string) => (arg.split('=')[0] ?? '').replaceAll('_', '-');
  // `=0` and `=` are how snapshots are switched off; of the inspector 0 is a port.
  const isOff = (arg: string) => /^--heapsnapshot.*=0?$/.test(arg);
  return args.filter((arg) => !isOff(plain(arg)) && revealing.some((pattern) => pattern.test(nameOf(plain(arg)))));
}

export interface MemoryImage {
  /** Options by which the process shows its memory. */
  readonly options: readonly string[];
  /** True where a core dump would hold memory of it. */
  readonly isDumped: boolean;
}

/** Of a process of this user; undefined where the system does not say. */
export function memoryImageOf(pid: number): MemoryImage | undefined {
  try {
    const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1');
    const variables = read('environ').split('\0');
    const nodeOptions = variables.find((one) => one.startsWith('NODE_OPTIONS='))?.slice('NODE_OPTIONS='.length) ?? '';
    // Sallyport's own options are none of these, so it does not matter where Node's end.
    const given = [...read('cmdline').split('\0'), ...nodeOptions.split(/\s+/)];
    const hasFilter = Number.parseInt(read('coredump_filter'), 16) === 0;
    const isLimited = /^Max core file size\s+0\s/m.test(read('limits'));
    return { options: revealingOptions(given), isDumped: !hasFilter && !isLimited };
  } catch {
    return undefined;
  }
}
