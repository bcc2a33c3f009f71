// ARNs in conditions: each of the six segments is matched by itself, so a star in one never reaches into the next.

import type { ConditionContext } from './context.ts';
import { type Codes, matches, type Pattern, patternOf, wildcardCodes } from './match.ts';
import { resolveCodes, templateOf } from './variables.ts';

const segmentCount = 6;
const colon = 0x3a;

/** `*` alone stands for any ARN. `open` says that the text holds variables. */
export function compileArnTest(
  wanted: string,
  open: boolean,
): (value: string, context: ConditionContext) => boolean | undefined {
  if (wanted === '*') return () => true;
  if (!open) {
    const patterns = segmentPatterns(wildcardCodes(wanted));
    return (value) => fits(patterns, value);
  }
  const template = templateOf(wanted);
  return (value, context) => {
    // Cut after the values are in: a variable may stand for a whole ARN.
    const codes = resolveCodes(template, context, value.length);
    return codes === undefined ? undefined : fits(segmentPatterns(codes), value);
  };
}

function segmentPatterns(codes: Codes): readonly Pattern[] {
  const segments: number[][] = [[]];
  for (const code of codes) {
    if (code === colon && segments.length < segmentCount) segments.push([]);
    else segments.at(-1)?.push(code);
  }
  return segments.map((segment) => patternOf(segment));
}

function fits(patterns: readonly Pattern[], value: string): boolean {
  const segments = segmentsOf(value);
  if (segments.length !== segmentCount || patterns.length !== segmentCount) return false;
  return patterns.every((pattern, index) => matches(pattern, segments[index] ?? ''));
}

/** At most six: the last one keeps its colons. */
function segmentsOf(text: string): readonly string[] {
  const segments: string[] = [];
  let start = 0;
  while (segments.length < segmentCount - 1) {
    const end = text.indexOf(':', start);
    if (end < 0) break;
    segments.push(text.slice(start, end));
    start = end + 1;
  }
  segments.push(text.slice(start));
  return segments;
}
