// A real server in a process of its own, on a free port and its own data folder: for clients, faults and the bench.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const checkoutFolder = fileURLToPath(new URL('../..', import.meta.url));

export interface ServerOptions {
  /** A folder that stays; a temporary one, removed by `dispose`, when left out. */
  readonly dataFolder?: string;
  readonly listen?: string;
  readonly args?: readonly string[];
  readonly readyWithinMs?: number;
  /** How many files and sockets it may have open; the test's own limit when left out. */
  readonly openFilesMax?: number;
  /** Beside those of the test. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The Node that runs it; the test's own when left out. */
  readonly program?: string;
}

export interface ServerProcess {
  readonly url: string;
  /** `127.0.0.1:41234`. */
  readonly host: string;
  readonly dataFolder: string;
  readonly pid: number;
  /** What the AWS CLI and SDKs need to be the administrator. */
  readonly awsEnvironment: Readonly<Record<string, string>>;
  /** All lines printed so far, both outputs. */
  readonly lines: readonly string[];
  /** Resolves with the first line of either output, printed already or not, that the pattern matches. */
  said(pattern: RegExp): Promise<string>;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** Kills what runs and removes a temporary data folder. */
  dispose(): Promise<void>;
}

/** Resolves when the ready line was printed; rejects with all output when the process ends before. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const temporary = options.dataFolder === undefined;
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'sallyport-')));
  const args = ['serve', '--data', dataFolder, '--listen', options.listen ?? '127.0.0.1:0', ...(options.args ?? [])];
  const limit = options.openFilesMax === undefined ? ':' : `ulimit -n ${options.openFilesMax}`;
  const command = [options.program ?? process.execPath, join(checkoutFolder, 'src/main.ts'), ...args];
  const child = spawn('sh', ['-c', `${limit} && exec "$0" "$@"`, ...command], {
    cwd: checkoutFolder,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const awaited = new Set<(line: string) => void>();
  const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 137)));
  const url = await waitForReady(child, exited, options.readyWithinMs ?? 30_000, {
    all: lines,
    tell: (line) => {
      for (const look of awaited) look(line);
    },
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    url,
    host: new URL(url).host,
    dataFolder,
    pid: child.pid ?? 0,
    awsEnvironment: {
      AWS_CONFIG_FILE: join(dataFolder, 'aws/config'),
      AWS_SHARED_CREDENTIALS_FILE: join(dataFolder, 'aws/credentials'),
    },
    lines,
    said: (pattern) =>
      new Promise((resolve) => {
        const look = (line: string) => {
          if (!pattern.test(line)) return;
          awaited.delete(look);
          resolve(line);
        };
        awaited.add(look);
        for (const line of lines) look(line);
      }),
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    async dispose() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGKILL');
      if (temporary) await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

interface Lines {
  readonly all: string[];
  readonly tell: (line: string) => void;
}

function waitForReady(child: ChildProcess, exited: Promise<number>, withinMs: number, { all: lines, tell }: Lines) {
  return new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}\n${lines.join('\n')}`));
    // Only a bound on failure: a server that never becomes ready must not hang the tests.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`the server was not ready within ${withinMs} ms`);
    }, withinMs);
    const read = (line: string) => {
      lines.push(line);
      tell(line);
      const url = /^Sallyport is (?:ready|sealed) at (http\S*\d)/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', read);
    }
    exited.then((code) => {
      clearTimeout(timer);
      fail(`the server ended with ${code}`);
    }, reject);
  });
}
