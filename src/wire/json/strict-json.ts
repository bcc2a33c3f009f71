// A JSON reader for hostile input: bounded nesting, no member twice in one object, valid UTF-8, whole characters only.

import { isUtf8 } from 'node:buffer';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';

const quote = 0x22;

/**
 * Parses bytes as JSON. Throws malformed-request with the reason and, for nesting and repeated members, the offset.
 * Linear in the input: nesting is bounded before anything is built.
 */
export function parseStrictJson(bytes: Uint8Array, depthMax: number = limits.jsonDepthMax): unknown {
  if (!isUtf8(bytes)) throw malformed('The request body is not valid UTF-8.');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  scan(text, depthMax);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed('The request body is not valid JSON.');
  }
}

/** A refusal of the body as a whole. */
export function malformed(message: string): DomainError<'malformed-request'> {
  return new DomainError('malformed-request', message, {});
}

/** Walks the structure only; grammar is left to JSON.parse, so this must survive text that is not JSON at all. */
function scan(text: string, depthMax: number): void {
  const keysOfOpen: Array<Set<string> | undefined> = [];
  const strings = stringEnds(text);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x7b || code === 0x5b) {
      if (keysOfOpen.length === depthMax) throw malformed(`The request body nests deeper than ${depthMax} levels.`);
      keysOfOpen.push(code === 0x7b ? new Set() : undefined);
    } else if (code === 0x7d || code === 0x5d) {
      keysOfOpen.pop();
    } else if (code === quote) {
      const end = strings(index + 1);
      const keys = keysOfOpen.at(-1);
      if (keys !== undefined && followedByColon(text, end + 1)) noteKey(keys, text.slice(index, end + 1));
      index = end;
    }
  }
}

/**
 * Finds where strings end. The next quote and the next backslash are each searched once and remembered, so that
 * neither one long string nor a million escapes costs more than one walk over the text.
 */
function stringEnds(text: string): (start: number) => number {
  let backslashAt = -1;
  return (start) => {
    let from = start;
    let end = indexOrEnd(text, '"', from);
    for (;;) {
      if (end < from) end = indexOrEnd(text, '"', from);
      if (backslashAt < from) backslashAt = indexOrEnd(text, '\\', from);
      if (backslashAt >= end) return end;
      from = backslashAt + 2;
    }
  };
}

function indexOrEnd(text: string, wanted: string, from: number): number {
  const index = text.indexOf(wanted, from);
  return index === -1 ? text.length : index;
}

function followedByColon(text: string, start: number): boolean {
  let index = start;
  for (;;) {
    const code = text.charCodeAt(index);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code === 0x3a;
    index += 1;
  }
}

function noteKey(keys: Set<string>, literal: string): void {
  const key = decodeKey(literal);
  if (keys.has(key)) throw malformed('The request body has the same member twice in one object.');
  keys.add(key);
}

function decodeKey(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    throw malformed('The request body is not valid JSON.');
  }
}
