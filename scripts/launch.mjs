// Runs every npm script and `npx sallyport`: installs what is missing, picks the pinned Node, forwards signals.
// Plain JavaScript that Node 20 runs: this is the only file that the machine's own Node has to understand.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(checkout, 'node_modules');
const bin = join(modules, '.bin');

/** Sources without their types, compiled: half of what a start costs otherwise. */
const compileCache = join(modules, '.cache', 'compiled');

/** Each command: what the pinned Node is started with. A list of lists runs one after the other. */
const commands = {
  serve: (args) => [['src/main.ts', 'serve', ...args]],
  cli: (args) => [['src/main.ts', ...args]],
  // One more than small machines have cores: some tests wait for servers that try again.
  test: (args) => [['--test', '--test-concurrency=3', ...testFiles(args)]],
  'test:clients': (args) => [['test/clients/run.ts', ...args]],
  'test:faults': (args) => [['test/faults/run.ts', ...args]],
  'test:hostile': (args) => [['test/hostile/run.ts', ...args]],
  bench: (args) => [['bench/run.ts', ...args]],
  docs: (args) => [['scripts/generate-docs.ts', ...args]],
  schemas: (args) => [['scripts/generate-schemas.ts', ...args]],
  check: () => [
    [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'],
    [join('node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'ci', '.'],
    [join('node_modules', 'oxlint', 'bin', 'oxlint'), '--type-aware'],
    [join('node_modules', 'knip', 'bin', 'knip.js')],
    ['scripts/generate-docs.ts', '--check'],
    ['scripts/generate-schemas.ts', '--check'],
  ],
};

/** `npm test`: everything; `npm test -- src/access`: the tests below that folder. */
function testFiles(args) {
  const places = args.filter((one) => !one.startsWith('-'));
  const flags = args.filter((one) => one.startsWith('-'));
  if (places.length === 0)
    return [...flags, 'src/**/*.test.ts', 'test/*.test.ts', 'test/{house,faults,hostile}/**/*.test.ts'];
  return [...flags, ...places.map((place) => (place.endsWith('.ts') ? place : `${place}/**/*.test.ts`))];
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** The lock file's hash, kept beside what was installed from it. */
function isInstalled(hash) {
  const stamp = join(modules, '.sallyport-lock');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}

async function install() {
  const hash = createHash('sha256')
    .update(readFileSync(join(checkout, 'package-lock.json')))
    .digest('hex');
  if (isInstalled(hash)) return;
  const lock = join(checkout, '.install-lock');
  for (let attempt = 0; !takeLock(lock); attempt += 1) {
    if (attempt === 0) console.error('Waiting for another installation in this folder…');
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (isInstalled(hash)) return;
  }
  try {
    if (isInstalled(hash)) return;
    console.error('Installing the locked dependencies…');
    const { code, signal, output } = await runNpm([
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
    // Not `fail`: the lock has to go first.
    if (code !== 0) throw new Error(signal ? `npm ci was ended by ${signal}.` : `npm ci failed:\n${output}`);
    warmUp();
    writeFileSync(join(modules, '.sallyport-lock'), hash);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Loads everything once, so that the first start is as quick as every other. */
function warmUp() {
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  spawnSync(pickNode(), [join(checkout, 'src/main.ts'), '--help'], { env, stdio: 'ignore' });
}

/** npm to its end. A signal that asks us to stop stops npm first, so that nobody installs behind our back. */
function runNpm(args) {
  const options = { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'] };
  const { child, unforward } = startForwarding('npm', args, options);
  const pieces = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => pieces.push(bytes));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code, signal) => {
      unforward();
      resolve({ code, signal, output: Buffer.concat(pieces).toString() });
    });
  });
}

/** The lock is a file with the holder's pid, linked into place whole; one whose holder is gone is removed. */
function takeLock(lock) {
  const mine = `${lock}.${process.pid}`;
  try {
    writeFileSync(mine, String(process.pid));
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') fail(`The checkout cannot be written: ${error.code}.`);
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    const holder = Number(readFileSync(lock, 'utf8'));
    // A number may have been given again: no installation takes this long.
    const isOld = Date.now() - statSync(lock).mtimeMs > 15 * 60 * 1000;
    if (isOld || holder === process.pid || !isAlive(holder)) rmSync(lock, { force: true });
  } catch {
    // Somebody else removed it first.
  }
  return false;
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

/** The Node that runs Sallyport: a wish, the pinned one, or this one when it is new enough. */
function pickNode() {
  const wish = process.env.SALLYPORT_NODE;
  if (wish) return wish;
  const pinned = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(pinned)) return pinned;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 15)) return process.execPath;
  return fail(
    `Sallyport needs Node 24.15 or newer here, and this is ${process.version}; none is pinned for this platform.`,
  );
}

function run(node, args) {
  const path = [bin, dirname(node), process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH: path, NODE_NO_WARNINGS: '1', NODE_COMPILE_CACHE: compileCache };
  const { child, unforward } = startForwarding(node, args, { cwd: ownFolder(args), env, stdio: 'inherit' });
  return new Promise((resolve) => {
    child.on('error', (error) => fail(`${node} cannot be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      unforward();
      resolve(signal === null ? (code ?? 1) : 128);
    });
  });
}

/** Starts a process and passes on what asks us to stop, from before it begins until `unforward` is called. */
function startForwarding(command, args, options) {
  let child;
  const forward = (signal) => child?.kill(signal);
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  child = spawn(command, args, options);
  const unforward = () => {
    for (const signal of signals) process.off(signal, forward);
  };
  return { child, unforward };
}

/** The site's own commands keep the caller's folder, so that `--data ./here` means what it says. */
function ownFolder(args) {
  return args[0].endsWith('main.ts') ? (process.env.INIT_CWD ?? process.cwd()) : checkout;
}

export async function launch(command, args) {
  const lines = commands[command]?.(args);
  if (lines === undefined) fail(`There is no command ${command}.`);
  await install().catch((error) => fail(error.message));
  const node = pickNode();
  let worst = 0;
  for (const [script, ...rest] of lines) {
    const isPath = script.includes('/') || script.includes('\\');
    const code = await run(node, [isPath ? join(checkout, script) : script, ...rest]);
    worst = Math.max(worst, code);
  }
  process.exitCode = worst;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command = '', ...args] = process.argv.slice(2);
  await launch(command, args);
}
