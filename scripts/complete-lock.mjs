// After `npm install`: adds the optional packages of other platforms, which a registry did not offer, to the lock file.
// A mirror may hold one platform only; npm then leaves the others out of the lock file and refuses its own `npm ci`.

import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'netbsd', 'openbsd', 'sunos', 'aix'];
const processors = {
  arm64: 'arm64',
  x64: 'x64',
  ia32: 'ia32',
  arm: 'arm',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
};

/** `@oxlint/binding-linux-arm-gnueabihf` → {os: ['linux'], cpu: ['arm']}: then npm skips it where it does not fit. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = Object.keys(processors).filter((processor) => words.includes(processor));
  const libc = words.includes('musl') ? { libc: ['musl'] } : {};
  if (words.includes('wasm32') || words.includes('universal')) return { cpu: ['wasm32'] };
  return { ...(os.length > 0 && { os }), ...(cpu.length > 0 && { cpu }), ...libc };
}

let added = 0;
for (const [path, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${path}/node_modules/${name}`;
    const top = `node_modules/${name}`;
    const present = lock.packages[nested] ?? lock.packages[top];
    if (present !== undefined && (present.version === version || /[^0-9.]/.test(version))) continue;
    const place = present === undefined ? top : nested;
    lock.packages[place] = { version, ...platformOf(name), ...(entry.dev && { dev: true }), optional: true };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} optional packages of other platforms added to the lock file`);
