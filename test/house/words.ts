// Words and signs that do not belong in a file, each with what to do instead. Texts are looked at line by line.

export interface BannedWord {
  readonly pattern: RegExp;
  readonly instead: string;
  /** True when a comment on the line before may give a reason. */
  readonly reasoned?: boolean;
  /** Which files are looked at; all of them when left out. */
  readonly where?: (path: string) => boolean;
}

const isTest = (path: string): boolean => /\.test\.ts$|\/testing\/|\/suite\.ts$|^test\//.test(path);
const isSource = (path: string): boolean => path.startsWith('src/') && !isTest(path);
const speaksToPeople = (path: string): boolean => /^(src\/cli|scripts|bench|bin|test)\/|^src\/main\.ts$/.test(path);

export const bannedWords: readonly BannedWord[] = [
  { pattern: /\b(TODO|FIXME|XXX|HACK)\b/, instead: 'do it now, or open an issue' },
  { pattern: /\bconsole\.\w/, instead: 'hand a log in as an argument', where: (path) => !speaksToPeople(path) },
  { pattern: /\bas any\b|<any>/, instead: 'narrow from unknown' },
  { pattern: /\bas unknown as\b/, instead: 'parse, give the value its true type, or say why', reasoned: true },
  { pattern: /@ts-(ignore|nocheck)/, instead: 'make the types true' },
  { pattern: /@ts-expect-error/, instead: 'make the types true; tests of types may', where: isSource },
  { pattern: /\b(oxlint|eslint)-disable/, instead: 'follow the rule or change it for everybody' },
  { pattern: /\b(test|it|describe|suite)\.only\(/, instead: 'run one test from the command line' },
  { pattern: /\b(test|it|describe|suite)\.skip\(/, instead: 'repair or remove the test; `{ skip: reason }` says why' },
  { pattern: /\bdebugger\b/, instead: 'remove it' },
  { pattern: /['"`/](work|tmp)\//, instead: 'take the path as an argument', where: isSource },
  { pattern: /\b(eval|Function)\(['"`]/, instead: 'write it as code', where: isSource },
  { pattern: /\b(blacklist|whitelist)\b/i, instead: 'say denied or allowed' },
];

/** Waiting by the clock in a test needs a reason, as a comment on its line or the one before. */
export const waiting = /\bsetTimeout\(|timers\/promises/;

/** True for what holds the patterns themselves. */
export function isWordList(path: string): boolean {
  return path.startsWith('test/house/');
}
