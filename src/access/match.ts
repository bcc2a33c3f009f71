// Wildcards `*` and `?`, cut once and matched without regular expressions and without ever going back.

import { anyOne, type Finder, finderOf } from './find-piece.ts';

/** A pattern as UTF-16 codes, with `anyOne` for `?` and `anyText` for `*`, so that a literal star can be told apart. */
export type Codes = readonly number[];

/** Stands for any text, the empty one included. */
export const anyText = -2;

/** A pattern cut at its stars. */
export interface Pattern {
  /** Set when there is no wildcard at all: then plain comparison does. */
  readonly literal: string | undefined;
  /** Anchored at the start; the whole pattern when `last` is undefined. */
  readonly first: Codes;
  /** What must be found in between, in order. */
  readonly middle: readonly Finder[];
  /** Anchored at the end; undefined when there is no star. */
  readonly last: Codes | undefined;
}

/** Cuts wildcard text. Compares with case; fold both sides where case does not count. */
export function compilePattern(text: string): Pattern {
  return patternOf(wildcardCodes(text));
}

/** Text in which `*` and `?` are wildcards. */
export function wildcardCodes(text: string): Codes {
  return Array.from({ length: text.length }, (_, index) => wildcardCode(text, index));
}

export function wildcardCode(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code === 0x2a ? anyText : code === 0x3f ? anyOne : code;
}

export function patternOf(codes: Codes): Pattern {
  const pieces: number[][] = [[]];
  for (const code of codes) {
    if (code === anyText) pieces.push([]);
    else pieces.at(-1)?.push(code);
  }
  const first = pieces[0] ?? [];
  const literal = codes.every((code) => code >= 0) ? textOf(codes) : undefined;
  const middle = pieces.slice(1, -1).filter((piece) => piece.length > 0);
  return {
    literal,
    first,
    middle: middle.map((piece) => finderOf(piece)),
    last: pieces.length === 1 ? undefined : (pieces.at(-1) ?? []),
  };
}

function textOf(codes: Codes): string {
  let text = '';
  for (const code of codes) text += String.fromCharCode(code);
  return text;
}

/**
 * First and last piece are anchored; the pieces between are found leftmost, one after the other. The first fit
 * leaves the most room for what follows, so nothing is tried twice.
 */
export function matches(pattern: Pattern, text: string): boolean {
  const { literal, first, middle, last } = pattern;
  if (literal !== undefined) return literal === text;
  if (last === undefined) return first.length === text.length && fitsAt(first, text, 0);
  const end = text.length - last.length;
  if (end < first.length || !fitsAt(first, text, 0) || !fitsAt(last, text, end)) return false;
  let at = first.length;
  for (const find of middle) {
    at = find(text, at, end);
    if (at < 0) return false;
  }
  return true;
}

function fitsAt(piece: Codes, text: string, at: number): boolean {
  for (let index = 0; index < piece.length; index += 1) {
    const code = piece[index];
    if (code !== anyOne && code !== text.charCodeAt(at + index)) return false;
  }
  return true;
}
