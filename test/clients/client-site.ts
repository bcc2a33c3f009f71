// What every client test is given: a running server, its password, the tools, and a folder to work in.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LayoutOptions, writeOciLayout } from '../support/oci-layout.ts';
import { type CommandOptions, type CommandResult, runCommand } from '../support/run-command.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { openCountingProxy } from './counting-proxy.ts';
import type { Tools } from './tools.ts';

export interface ClientSite {
  readonly server: ServerProcess;
  /** Where container clients push to and pull from: the server, through a proxy that counts. */
  readonly host: string;
  /** Bytes that container clients have sent so far. */
  sentBytes(): number;
  readonly tools: Tools;
  /** Runs a tool by name; HOME and the AWS files point into this site. */
  run(program: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** `aws ecr get-login-password`, asked of the real CLI, or of the SDK-less fallback when it is missing. */
  password(): Promise<string>;
  /** Runs `aws` and parses its JSON. */
  aws(...args: readonly string[]): Promise<Record<string, unknown>>;
  createRepository(name: string): Promise<void>;
  /** A fresh OCI layout; its folder and the digest of its tag. */
  layout(options: LayoutOptions): Promise<{ readonly folder: string; readonly digest: string }>;
  /** An empty folder of its own. */
  folder(name: string): Promise<string>;
  dispose(): Promise<void>;
}

/** Starts a server and gives clients a home folder that nobody else uses. */
export async function openClientSite(tools: Tools): Promise<ClientSite> {
  const work = await mkdtemp(join(tmpdir(), 'sallyport-clients-'));
  const server = await startServer();
  const proxy = await openCountingProxy(server.host);
  let folders = 0;
  const folder = async (name: string) => {
    folders += 1;
    const path = join(work, `${folders}-${name}`);
    await mkdir(path, { recursive: true });
    return path;
  };
  const home = await folder('home');
  const environment = {
    HOME: home,
    XDG_RUNTIME_DIR: home,
    DOCKER_CONFIG: join(home, '.docker'),
    REGISTRY_AUTH_FILE: join(home, 'auth.json'),
    AWS_PAGER: '',
    ...server.awsEnvironment,
  };
  const run = (program: string, args: readonly string[], options: CommandOptions = {}) => {
    // What every machine has is not installed by us.
    const path = program === 'tar' ? program : tools.find(program);
    if (path === undefined) throw new Error(`${program} is missing: ${tools.missing.get(program)}`);
    return runCommand(path, args, { ...options, env: { ...environment, ...options.env } });
  };
  const aws = async (...args: readonly string[]) => {
    const { stdout } = await run('aws', [...args, '--output', 'json']);
    return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  };
  return {
    server,
    host: proxy.host,
    sentBytes: proxy.sentBytes,
    tools,
    run,
    aws,
    folder,
    password: async () => (await run('aws', ['ecr', 'get-login-password'])).stdout.trim(),
    createRepository: async (name) => void (await aws('ecr', 'create-repository', '--repository-name', name)),
    async layout(options) {
      const path = await folder('layout');
      return { folder: path, digest: await writeOciLayout(path, options) };
    },
    async dispose() {
      await proxy.close();
      await server.dispose();
      await rm(work, { recursive: true, force: true });
    },
  };
}
