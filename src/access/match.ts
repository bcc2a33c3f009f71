// Wildcards `*` and `?`, compiled once and matched in time linear in pattern and text: no regular expressions.

/** A pattern cut at its stars; each piece may hold `?`, kept as the code -1. */
export interface Pattern {
  readonly pieces: ReadonlyArray<readonly number[]>;
  /** Set when there is no wildcard at all: then plain comparison does. */
  readonly literal: string | undefined;
  readonly ignoreCase: boolean;
}

const anyOne = -1;
const star = 42;
const questionMark = 63;

export function compilePattern(text: string, options: { readonly ignoreCase?: boolean } = {}): Pattern {
  const { ignoreCase = false } = options;
  const shown = ignoreCase ? text.toLowerCase() : text;
  return patternOf(codesOf(shown), shown, ignoreCase);
}

/** A pattern whose parts are given as wildcard text or as literal text (a variable's value: never a wildcard). */
export function compileParts(parts: ReadonlyArray<{ readonly text: string; readonly literal: boolean }>): Pattern {
  const codes = parts.flatMap(({ text, literal }) => (literal ? literalCodes(text) : codesOf(text)));
  const shown = parts.map(({ text }) => text).join('');
  return patternOf(codes, shown, false);
}

const starCode = -2;

function codesOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => {
    const code = text.charCodeAt(index);
    if (code === star) return starCode;
    return code === questionMark ? anyOne : code;
  });
}

function literalCodes(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

function patternOf(codes: readonly number[], shown: string, ignoreCase: boolean): Pattern {
  const pieces: number[][] = [[]];
  for (const code of codes) {
    if (code === starCode) pieces.push([]);
    else pieces.at(-1)?.push(code);
  }
  const plain = pieces.length === 1 && !codes.includes(anyOne);
  return { pieces, literal: plain ? shown : undefined, ignoreCase };
}

/**
 * First and last piece are anchored, the pieces between are found leftmost, one after the other: the first fit is as
 * good as any later one, so nothing is tried twice. A piece is compared at each place at most once.
 */
export function matches(pattern: Pattern, text: string): boolean {
  const subject = pattern.ignoreCase ? text.toLowerCase() : text;
  if (pattern.literal !== undefined) return pattern.literal === subject;
  const { pieces } = pattern;
  const first = pieces[0] ?? [];
  const last = pieces.at(-1) ?? [];
  if (!fitsAt(first, subject, 0)) return false;
  if (pieces.length === 1) return first.length === subject.length;
  const end = subject.length - last.length;
  if (end < first.length || !fitsAt(last, subject, end)) return false;
  let at = first.length;
  for (let index = 1; index < pieces.length - 1; index += 1) {
    const piece = pieces[index] ?? [];
    at = findPiece(piece, subject, at, end);
    if (at < 0) return false;
    at += piece.length;
  }
  return true;
}

function fitsAt(piece: readonly number[], text: string, at: number): boolean {
  if (at + piece.length > text.length) return false;
  for (let index = 0; index < piece.length; index += 1) {
    const code = piece[index];
    if (code !== anyOne && code !== text.charCodeAt(at + index)) return false;
  }
  return true;
}

function findPiece(piece: readonly number[], text: string, from: number, end: number): number {
  for (let at = from; at + piece.length <= end; at += 1) {
    if (fitsAt(piece, text, at)) return at;
  }
  return -1;
}
