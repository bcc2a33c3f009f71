// The rules of who imports what. Each returns one sentence a violation: `file → file: the rule`.

import { builtinExceptions, drivers, isAllowed, isStoreImplementation, roomOf, rooms } from './rooms.ts';
import type { Import, SourceFile } from './source-file.ts';

type Check = (file: SourceFile, imported: Import) => string | undefined;

/** Rooms import only the rooms that the table names; tests may import all. */
const respectsTable: Check = (file, { target }) => {
  const from = roomOf(file.path);
  if (from === undefined || target === undefined || file.isTest) return undefined;
  const to = roomOf(target);
  const rule = rooms[from.rule];
  if (rule === undefined) return `the room ${from.rule} is not in the table`;
  if (to === undefined || to.name === from.name) return undefined;
  if (to.rule === 'services' && from.rule === 'services') return 'a service never imports a sibling';
  if (!isAllowed(rule.rooms, target)) return `${from.rule} may import ${rule.rooms.join(', ') || 'nothing of ours'}`;
  const wantsInterface = rule.rooms.some((name) => name.startsWith('stores'));
  if (wantsInterface && isStoreImplementation(target)) return `${from.rule} may import the interfaces of stores only`;
  return undefined;
};

const respectsSpelling: Check = (file, { specifier, target }) => {
  const from = roomOf(file.path);
  if (from === undefined || target === undefined) return undefined;
  if (!target.startsWith('src/')) {
    return file.isTest || target.endsWith('.json') ? undefined : 'a source never leaves src';
  }
  if (!specifier.endsWith('.ts') && !specifier.endsWith('.json')) return 'an import carries its extension';
  // The list of services stands in the folder that they stand in.
  const crosses = from.rule !== 'services-index' && roomOf(target)?.name !== from.name;
  if (crosses && !specifier.startsWith('#')) return 'a relative import never leaves its room: write #room/file.ts';
  return undefined;
};

const leavesMainAlone: Check = (_file, { target }) => {
  return target === 'src/main.ts' ? 'nothing imports main.ts' : undefined;
};

const leavesTestsAlone: Check = (file, { target, specifier }) => {
  if (file.isTest || target === undefined) return undefined;
  if (/\.test\.ts$|\/testing\/|\/suite\.ts$/.test(specifier)) return 'a source never imports tests or their helpers';
  return undefined;
};

const keepsBuiltinsOut: Check = (file, { specifier }) => {
  const from = roomOf(file.path);
  if (from === undefined || file.isTest) return undefined;
  if (!(rooms[from.rule]?.noBuiltins ?? []).includes(specifier)) return undefined;
  if (builtinExceptions[file.path]?.includes(specifier)) return undefined;
  if (file.path.startsWith('src/stores/blobs/s3/')) return undefined;
  return `${from.rule} never imports ${specifier}`;
};

const keepsDriversIn: Check = (file, { specifier, typeOnly }) => {
  const from = roomOf(file.path);
  if (from === undefined || file.isTest || from.name === 'stores' || !isDriver(specifier)) return undefined;
  if (specifier === 'kysely' && file.path.endsWith('/tables.ts')) return undefined;
  return `the driver ${specifier} is imported only inside stores${typeOnly ? ', and its types in tables.ts' : ''}`;
};

const keepsSdkOut: Check = (file, { specifier, typeOnly }) => {
  const from = roomOf(file.path);
  if (from === undefined || file.isTest || !specifier.startsWith('@aws-sdk/') || isDriver(specifier)) return undefined;
  if (from.rule === 'services' && typeOnly) return undefined;
  return from.rule === 'services' ? 'the AWS SDK is imported as `import type`' : 'only services import the AWS SDK';
};

const checks: readonly Check[] = [
  respectsTable,
  respectsSpelling,
  leavesMainAlone,
  leavesTestsAlone,
  keepsBuiltinsOut,
  keepsDriversIn,
  keepsSdkOut,
];

/** Every import that breaks a rule. */
export function importViolations(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((imported) =>
      checks.flatMap((check) => {
        const rule = check(file, imported);
        return rule === undefined ? [] : [`${file.path} → ${imported.target ?? imported.specifier}: ${rule}`];
      }),
    ),
  );
}

/** Packages that a source loads at run time although only tests and tools may have them. */
export function packageViolations(files: readonly SourceFile[], dependencies: readonly string[]): readonly string[] {
  const violations: string[] = [];
  for (const file of files) {
    if (file.isTest) continue;
    for (const { specifier, target, typeOnly } of file.imports) {
      if (target !== undefined || typeOnly || specifier.startsWith('node:')) continue;
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      if (!dependencies.includes(name))
        violations.push(`${file.path} → ${specifier}: it is not among the dependencies`);
    }
  }
  return violations;
}

/** Files that do nothing but hand on what others export; services/index.ts alone may. */
export function barrels(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path, program }) => {
      if (path === 'src/services/index.ts' || program.body.length === 0) return false;
      const handedOn = program.body.filter(
        (statement) =>
          statement.type === 'ExportAllDeclaration' ||
          (statement.type === 'ExportNamedDeclaration' && statement.declaration === null),
      );
      const imports = program.body.filter((statement) => statement.type === 'ImportDeclaration');
      return handedOn.length > 0 && handedOn.length + imports.length === program.body.length;
    })
    .map(({ path }) => `${path}: no barrels but services/index.ts`);
}

/** Imports of ours that name no file. */
export function danglingImports(files: readonly SourceFile[]): readonly string[] {
  const paths = new Set(files.map(({ path }) => path));
  return files.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => target?.startsWith('src/') && target.endsWith('.ts') && !paths.has(target))
      .map(({ target }) => `${path} → ${target}: there is no such file`),
  );
}

function isDriver(specifier: string): boolean {
  return drivers.some((driver) => specifier === driver || specifier.startsWith(`${driver}/`));
}
