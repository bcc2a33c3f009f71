// The real clients: which there are, how each is installed, and what could not be had. Nothing is installed twice.

import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runCommand } from '../support/run-command.ts';

/** Everything built or installed by us stays here, outside the checkout. */
export const cacheFolder =
  process.env.SALLYPORT_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sallyport');

/** Debian package of each program. */
const debianPackages: Readonly<Record<string, string>> = {
  dockerd: 'docker.io',
  docker: 'docker.io',
  podman: 'podman',
  skopeo: 'skopeo',
  buildah: 'buildah',
  'docker-registry': 'docker-registry',
  curl: 'curl',
  'softhsm2-util': 'softhsm2',
};

/** Go module of each program, at the versions the results in the documents were made with. */
const goModules: Readonly<Record<string, string>> = {
  conformance: 'github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111',
  crane: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1',
  regctl: 'github.com/regclient/regclient/cmd/regctl@v0.11.7',
  oras: 'oras.land/oras/cmd/oras@v1.3.6',
  cosign: 'github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3',
  helm: 'helm.sh/helm/v4/cmd/helm@v4.3.1',
  registry: 'github.com/distribution/distribution/v3/cmd/registry@v3.1.2',
};

/** Python packages of each program, installed into a virtual environment in the cache. */
const pythonPackages: Readonly<Record<string, readonly string[]>> = { aws: ['awscli', 'boto3'] };

export interface Tools {
  /** Absolute path of a program, or undefined when it could not be had. */
  find(program: string): string | undefined;
  /** Why each missing program is missing, in one sentence. */
  readonly missing: ReadonlyMap<string, string>;
}

/** Finds or installs the named programs; what cannot be had is said, never thrown. */
export async function installTools(programs: readonly string[], say: (line: string) => void): Promise<Tools> {
  await mkdir(join(cacheFolder, 'bin'), { recursive: true });
  const found = new Map<string, string>();
  const missing = new Map<string, string>();
  await installDebian(programs, say, missing);
  for (const program of programs) {
    const path = await findOrBuild(program, say, missing);
    if (path !== undefined) found.set(program, path);
    else if (!missing.has(program)) missing.set(program, 'it is not installed');
  }
  return { find: (program) => found.get(program), missing };
}

async function findOrBuild(program: string, say: (line: string) => void, missing: Map<string, string>) {
  const known = await findProgram(program);
  if (known !== undefined) return known;
  if (goModules[program] !== undefined) await buildGo(program, say, missing);
  if (pythonPackages[program] !== undefined) await installPython(program, say, missing);
  return findProgram(program);
}

async function findProgram(program: string): Promise<string | undefined> {
  // A module's own build comes before a program of that name on the machine: its version is the one we name.
  const ownFolders = [join(cacheFolder, 'bin'), join(cacheFolder, 'python', 'bin')];
  const system = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin'];
  for (const folder of [...ownFolders, ...system]) {
    const path = join(folder, program);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function installDebian(programs: readonly string[], say: (line: string) => void, missing: Map<string, string>) {
  const wanted = new Set<string>();
  for (const program of programs) {
    const name = debianPackages[program];
    if (name !== undefined && (await findProgram(program)) === undefined) wanted.add(name);
  }
  if (wanted.size === 0) return;
  if (process.getuid?.() !== 0 || !(await isExecutable('/usr/bin/apt-get'))) {
    for (const program of programs) {
      if (wanted.has(debianPackages[program] ?? '')) missing.set(program, 'installing it needs root on Debian');
    }
    return;
  }
  say(`installing ${[...wanted].join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runCommand('apt-get', ['update'], { env, timeoutMs: 600_000 });
    const install = ['install', '-y', '--no-install-recommends', ...wanted];
    await runCommand('apt-get', install, { env, timeoutMs: 1_200_000 });
  } catch (error) {
    say(`apt-get failed: ${String(error).slice(-400)}`);
  }
}

async function buildGo(program: string, say: (line: string) => void, missing: Map<string, string>): Promise<void> {
  const go = (await findProgram('go')) ?? ((await isExecutable('/usr/local/go/bin/go')) ? '/usr/local/go/bin/go' : '');
  if (go === '') {
    missing.set(program, 'building it needs Go');
    return;
  }
  say(`building ${program}`);
  const env = {
    GOBIN: join(cacheFolder, 'bin'),
    GOPATH: join(cacheFolder, 'go'),
    GOCACHE: join(cacheFolder, 'go-build'),
    GOFLAGS: '-mod=mod',
  };
  try {
    await runCommand(go, ['install', goModules[program] ?? ''], { env, cwd: cacheFolder, timeoutMs: 1_200_000 });
  } catch (error) {
    missing.set(program, `its build failed: ${String(error).slice(-300)}`);
  }
}

async function installPython(program: string, say: (line: string) => void, missing: Map<string, string>) {
  const python = await findProgram('python3');
  if (python === undefined) {
    missing.set(program, 'installing it needs Python 3');
    return;
  }
  const folder = join(cacheFolder, 'python');
  say(`installing ${(pythonPackages[program] ?? []).join(' ')}`);
  try {
    await runCommand(python, ['-m', 'venv', folder]);
    const install = ['install', '--quiet', ...(pythonPackages[program] ?? [])];
    await runCommand(join(folder, 'bin', 'pip'), install, { timeoutMs: 900_000 });
  } catch (error) {
    missing.set(program, `its installation failed: ${String(error).slice(-300)}`);
  }
}
