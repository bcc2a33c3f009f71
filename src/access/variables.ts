// Policy variables: `${aws:username}`, with a default, and the three escapes. Their values are never wildcards.

import type { ConditionContext } from './context.ts';
import { compileParts, type Pattern } from './match.ts';

/** Text with holes, in order. */
export type Template = readonly TemplatePart[];

type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined };

export function hasVariable(text: string): boolean {
  return text.includes('${');
}

/** Cuts a text at its variables; a `${` that never ends is plain text. */
export function templateOf(text: string): Template {
  const parts: TemplatePart[] = [];
  let at = 0;
  while (at < text.length) {
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

function variableOf(inside: string): TemplatePart {
  if (inside === '*' || inside === '?' || inside === '$') return { kind: 'literal', text: inside };
  const comma = inside.indexOf(',');
  const key = (comma < 0 ? inside : inside.slice(0, comma)).trim().toLowerCase();
  const quoted = comma < 0 ? undefined : /^\s*'([^']*)'\s*$/.exec(inside.slice(comma + 1))?.[1];
  return { kind: 'variable', key, fallback: quoted };
}

interface Resolved {
  readonly text: string;
  readonly literal: boolean;
}

/** The parts with values filled in; undefined when one has neither value nor default: then nothing matches. */
function resolve(template: Template, context: ConditionContext): readonly Resolved[] | undefined {
  const resolved: Resolved[] = [];
  for (const part of template) {
    if (part.kind !== 'variable') {
      resolved.push({ text: part.text, literal: part.kind === 'literal' });
      continue;
    }
    const value = context.get(part.key);
    const text = typeof value === 'string' ? value : part.fallback;
    if (text === undefined) return undefined;
    resolved.push({ text, literal: true });
  }
  return resolved;
}

export function resolvePattern(template: Template, context: ConditionContext): Pattern | undefined {
  const parts = resolve(template, context);
  return parts === undefined ? undefined : compileParts(parts);
}

/** Plain text with values filled in, for operators that know no wildcards. */
export function resolveText(template: Template, context: ConditionContext): string | undefined {
  return resolve(template, context)
    ?.map(({ text }) => text)
    .join('');
}
