// The rooms of the house and who may import whom: the table of the design, as data.

export interface Room {
  /** Rooms whose files it may import; `*` for all of them. */
  readonly rooms: readonly string[];
  /** What it never imports of node's own modules. */
  readonly noBuiltins: readonly string[];
}

const network = ['node:http', 'node:https', 'node:http2', 'node:net', 'node:tls', 'node:dgram', 'node:dns'];
const files = ['node:fs', 'node:fs/promises', 'node:child_process', 'node:worker_threads', 'node:cluster'];
const io = [...network, ...files, 'node:sqlite', 'node:os', 'node:process', 'node:timers/promises'];

/** `services` is every single service; `services-index` is the list of them; `stores` may be only its interfaces. */
export const rooms: Readonly<Record<string, Room>> = {
  std: { rooms: [], noBuiltins: [] },
  core: { rooms: ['std'], noBuiltins: [...io, 'node:crypto', 'node:zlib', 'node:stream', 'node:stream/promises'] },
  access: { rooms: ['core', 'std'], noBuiltins: io },
  wire: { rooms: ['core', 'std'], noBuiltins: io },
  stores: { rooms: ['core', 'std'], noBuiltins: network },
  jobs: { rooms: ['core', 'std', 'stores/sql'], noBuiltins: [...network, ...files, 'node:sqlite'] },
  identity: { rooms: ['core', 'std'], noBuiltins: io },
  audit: { rooms: ['core', 'std'], noBuiltins: io },
  registry: { rooms: ['core', 'std', 'jobs', 'stores'], noBuiltins: [...network, ...files, 'node:sqlite'] },
  services: { rooms: ['core', 'std', 'access', 'wire', 'registry', 'jobs', 'stores'], noBuiltins: ['node:sqlite'] },
  'services-index': { rooms: ['core', 'services'], noBuiltins: io },
  gateway: { rooms: ['core', 'std', 'identity', 'access', 'audit', 'wire'], noBuiltins: [...files, 'node:sqlite'] },
  edge: { rooms: ['core', 'std', 'gateway'], noBuiltins: ['node:sqlite'] },
  config: { rooms: ['core', 'std'], noBuiltins: network },
  cli: { rooms: ['*'], noBuiltins: [] },
  site: { rooms: ['*'], noBuiltins: ['node:sqlite'] },
  main: { rooms: ['*'], noBuiltins: [] },
};

/** Single files that may import what their room may not, each for the one reason it exists. */
export const builtinExceptions: Readonly<Record<string, readonly string[]>> = {
  'src/core/random.ts': ['node:crypto'],
};

/** Packages that may be imported only in one room; a trailing `/` means every package of that scope or name. */
export const drivers: readonly string[] = ['kysely', 'pg', 'node:sqlite', '@aws-sdk/client-s3', '@aws-sdk/lib-storage'];

/**
 * The rule a file falls under and the name of its room: siblings in `services/` have the same rule and are different
 * rooms. Undefined outside `src`.
 */
export function roomOf(path: string): { readonly rule: string; readonly name: string } | undefined {
  const [top, first, second, third] = path.split('/');
  if (top !== 'src' || first === undefined) return undefined;
  if (second === undefined) return { rule: first.replace(/\.ts$/, ''), name: first };
  if (first !== 'services') return { rule: first, name: first };
  if (third === undefined) return { rule: 'services-index', name: `services/${second}` };
  return { rule: 'services', name: `services/${second}` };
}

/** True when a room whose table says `allowed` may import the file. */
export function isAllowed(allowed: readonly string[], path: string): boolean {
  const room = roomOf(path);
  if (room === undefined) return false;
  if (allowed.includes('*')) return room.rule !== 'main';
  return allowed.includes(room.rule) || allowed.some((name) => name.includes('/') && path.startsWith(`src/${name}/`));
}

/** True for a file inside an implementation of a store: `src/stores/sql/sqlite/open.ts`. */
export function isStoreImplementation(path: string): boolean {
  return path.startsWith('src/stores/') && path.split('/').length > 4;
}
