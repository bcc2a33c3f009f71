// Form-encoded parameters → a bounded tree: `Tags.member.1.Key=a` becomes Tags → member → 1 → Key.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';

/** A parameter's value, or what stands below its name. Maps, so that no name can reach an object's prototype. */
export interface FormNode {
  readonly children: Map<string, FormNode>;
  value?: string;
}

const parametersMax = 2000;

/** A refusal of the request's parameters. */
export function malformed(message: string): DomainError<'malformed-request'> {
  return new DomainError('malformed-request', message, {});
}

/**
 * Parses `a=1&b.member.1=2`. Throws malformed-request on bad escapes, invalid UTF-8, a name given twice, a name that is
 * both a value and a prefix, more than 2000 parameters or deeper nesting than limits.jsonDepthMax.
 */
export function parseForm(text: string): FormNode {
  const root: FormNode = { children: new Map() };
  if (text === '') return root;
  let parameters = 0;
  for (let start = 0; start <= text.length; ) {
    const end = indexOrEnd(text, '&', start);
    if (end > start) {
      parameters += 1;
      if (parameters > parametersMax) throw malformed(`More than ${parametersMax} parameters.`);
      addParameter(root, text.slice(start, end));
    }
    start = end + 1;
  }
  return root;
}

/** The value of a top-level parameter. */
export function valueOf(root: FormNode, name: string): string | undefined {
  return root.children.get(name)?.value;
}

function addParameter(root: FormNode, pair: string): void {
  const equals = indexOrEnd(pair, '=', 0);
  const name = decode(pair.slice(0, equals));
  const segments = name.split('.', limits.jsonDepthMax + 1);
  if (segments.length > limits.jsonDepthMax) throw malformed('A parameter name has too many parts.');
  let node = root;
  for (const segment of segments) {
    if (node.value !== undefined && node.value !== '') throw malformed('A parameter is both a value and a structure.');
    let child = node.children.get(segment);
    if (child === undefined) {
      child = { children: new Map() };
      node.children.set(segment, child);
    }
    node = child;
  }
  if (node.value !== undefined) throw malformed('A parameter is given twice.');
  if (node.children.size > 0) throw malformed('A parameter is both a value and a structure.');
  node.value = decode(pair.slice(equals + 1));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('A parameter is not percent-encoded UTF-8.');
  }
}

function indexOrEnd(text: string, wanted: string, from: number): number {
  const index = text.indexOf(wanted, from);
  return index === -1 ? text.length : index;
}
