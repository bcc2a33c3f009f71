// Policy variables: `${aws:username}`, with a default, and the three escapes. Their values are never wildcards.

import type { ConditionContext } from './context.ts';
import { anyText, type Codes, wildcardCode } from './match.ts';

/** Text with holes, in order. */
export type Template = readonly TemplatePart[];

type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined };

/** True when the text has something for `templateOf` to cut. */
export function hasVariable(text: string): boolean {
  return text.includes('${');
}

/** Cuts a text that `variableProblem` found nothing wrong with. */
export function templateOf(text: string): Template {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf('${', at);
    const close = open < 0 ? -1 : text.indexOf('}', open);
    if (close < 0) break;
    if (open > at) parts.push({ kind: 'text', text: text.slice(at, open) });
    parts.push(variableOf(text.slice(open + 2, close)));
    at = close + 1;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

/** What is wrong with the variables of a text, as a sentence; undefined when nothing is. */
export function variableProblem(text: string): string | undefined {
  for (let open = text.indexOf('${'); open >= 0; open = text.indexOf('${', open + 2)) {
    const close = text.indexOf('}', open);
    if (close < 0) return 'A policy variable does not end: it is written ${key}';
    const inside = text.slice(open + 2, close);
    const comma = inside.indexOf(',');
    if (inside.trim() === '' || comma === 0) return 'A policy variable needs a key: it is written ${key}';
    if (comma > 0 && defaultOf(inside.slice(comma + 1)) === undefined) {
      return "The default of a policy variable stands in single quotes: ${key, 'default'}";
    }
    open = close - 1; // the search goes on after the closing brace
  }
  return undefined;
}

/** The condition keys that a template reads, in lower case. */
export function keysOf(template: Template): readonly string[] {
  return template.flatMap((part) => (part.kind === 'variable' ? [part.key] : []));
}

function variableOf(inside: string): TemplatePart {
  if (inside === '*' || inside === '?' || inside === '$') return { kind: 'literal', text: inside };
  const comma = inside.indexOf(',');
  const key = (comma < 0 ? inside : inside.slice(0, comma)).trim().toLowerCase();
  return { kind: 'variable', key, fallback: comma < 0 ? undefined : defaultOf(inside.slice(comma + 1)) };
}

/** `'text'` → `text`. */
function defaultOf(quoted: string): string | undefined {
  const text = quoted.trim();
  const inside = text.slice(1, -1);
  return text.length >= 2 && text.startsWith("'") && text.endsWith("'") && !inside.includes("'") ? inside : undefined;
}

/** The value in place of one part; undefined when a variable has neither a single value nor a default. */
function valueOf(part: TemplatePart, context: ConditionContext): string | undefined {
  if (part.kind !== 'variable') return part.text;
  const value = context.get(part.key);
  if (value === undefined || value.length === 0) return typeof value === 'string' ? value : part.fallback;
  return typeof value === 'string' ? value : undefined;
}

/**
 * Wildcard codes with values filled in; undefined when one cannot be: then the statement does not match. Codes that
 * would need more than `charsMax` characters are cut there, as they fit no text of that length: many variables of a
 * long value cost no more than a few.
 */
export function resolveCodes(template: Template, context: ConditionContext, charsMax: number): Codes | undefined {
  const codes: number[] = [];
  let chars = 0;
  for (const part of template) {
    const text = valueOf(part, context);
    if (text === undefined) return undefined;
    for (let index = 0; index < text.length && chars <= charsMax; index += 1) {
      const code = part.kind === 'text' ? wildcardCode(text, index) : text.charCodeAt(index);
      codes.push(code);
      if (code !== anyText) chars += 1;
    }
  }
  return codes;
}

/**
 * Plain text with values filled in, for operators that know no wildcards; undefined as in `resolveCodes`. Cut where it
 * has become longer than `charsMax`.
 */
export function resolveText(
  template: Template,
  context: ConditionContext,
  charsMax = Number.POSITIVE_INFINITY,
): string | undefined {
  let resolved = '';
  for (const part of template) {
    const text = valueOf(part, context);
    if (text === undefined) return undefined;
    if (resolved.length <= charsMax) resolved += text;
  }
  return resolved;
}
