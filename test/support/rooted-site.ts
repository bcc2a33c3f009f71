// A site in a process of its own whose root key somebody else keeps: configured, started, pulled from.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Whoever keeps the root key is asked by the clock.
import { setTimeout as pause } from 'node:timers/promises';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from './administrator.ts';
import type { AuditRecord } from './house.ts';
import { ociClient } from './oci-client.ts';
import { type CommandOptions, type CommandResult, runCommand } from './run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from './server-process.ts';

const repository = 'rooted/app';

export interface RootedSite {
  /** Removed at the end; the data folder is `data` in it. */
  readonly folder: string;
  readonly data: string;
  /** The server that was started last. */
  server(): ServerProcess;
  start(): Promise<ServerProcess>;
  /** Writes `keys:` of the configuration: for the next start and the next command. */
  configure(keys: object): Promise<void>;
  cli(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** An image under this tag, with a repository and a login if there was none yet. */
  push(tag: string): Promise<void>;
  /** What a pull of the tag is answered. */
  pull(tag: string): Promise<{ readonly status: number; readonly text: string }>;
  /** Pulls until the answer has this status (200: and all processes are ready); what it says then. */
  until(status: number, tag: string): Promise<string>;
  readiness(): Promise<{ readonly status: number; readonly text: string }>;
  /** What was done at the host, oldest first. */
  hostRecords(): Promise<readonly AuditRecord[]>;
  dispose(): Promise<void>;
}

export async function makeRootedSite(workers = '1'): Promise<RootedSite> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-rooted-'));
  const [data, config] = [join(folder, 'data'), join(folder, 'sallyport.yaml')];
  await writeFile(config, '{}\n');
  let server: ServerProcess | undefined;
  let authorization: string | undefined;
  const running = () => server ?? assert.fail('no server was started');
  const logIn = async () => {
    const administrator = await administratorOf(data, running().url);
    const ecr = new ECRClient(administrator);
    await ecr.send(new CreateRepositoryCommand({ repositoryName: repository }));
    ecr.destroy();
    return registryAuthorization(administrator);
  };
  const pull = async (tag: string) => {
    const headers = { authorization: authorization ?? assert.fail('nobody is logged in') };
    const answer = await fetch(`${running().url}/v2/${repository}/manifests/${tag}`, { headers });
    return { status: answer.status, text: await answer.text() };
  };
  const readiness = async () => {
    const url = /(http:\S+)\/readyz/.exec(running().lines.join('\n'))?.[1];
    const answer = await fetch(`${url}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };
  return {
    ...{ folder, data, pull, readiness },
    hostRecords: () => hostRecordsOf(data),
    server: running,
    async start() {
      server = await startServer({ dataFolder: data, args: ['--workers', workers, '--config', config] });
      return server;
    },
    configure: (keys) => writeFile(config, `keys: ${JSON.stringify(keys)}\n`),
    cli: (args, options) =>
      runCommand(
        process.execPath,
        [join(checkoutFolder, 'src/main.ts'), ...args, '--data', data, '--config', config],
        options,
      ),
    async push(tag) {
      authorization ??= await logIn();
      const client = ociClient(running().host, authorization);
      await client.pushImage(repository, tag, [Buffer.from(`a layer ${tag}`)]);
      client.close();
    },
    async until(status, tag) {
      for (let tries = 0; tries < 240; tries += 1) {
        const answer = await pull(tag);
        // Workers are opened one after the other: one that answers does not speak for the others.
        const isWhole = status !== 200 || (await readiness()).status === 200;
        if (answer.status === status && isWhole) return answer.text;
        await pause(250);
      }
      return assert.fail(`it never answered ${status}:\n${running().lines.join('\n')}`);
    },
    async dispose() {
      await server?.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The audit chain of what was done at the host of a data folder, oldest first. */
export async function hostRecordsOf(dataFolder: string): Promise<readonly AuditRecord[]> {
  const host = join(dataFolder, 'host/audit');
  const names = (await readdir(host)).filter((one) => one.endsWith('.jsonl')).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(host, name), 'utf8')));
  const lines = texts.join('').split('\n');
  return lines.filter((line) => line.startsWith('{"eventVersion"')).map((line) => JSON.parse(line) as AuditRecord);
}
