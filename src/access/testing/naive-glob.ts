// The plainest wildcard matching there is, and policy variables by replacement.

/** By context key in lower case. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** In a resolved pattern, a character after this one is meant literally. */
const literally = '\u0000';

/** Tries everything: exponential on hostile patterns, so for short ones only. */
export function glob(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const [head, ...tail] = pattern;
  const rest = tail.join('');
  if (head === '*') return glob(rest, text) || (text !== '' && glob(pattern, text.slice(1)));
  if (text === '') return false;
  if (head === literally) return tail[0] === text[0] && glob(tail.slice(1).join(''), text.slice(1));
  return (head === '?' || head === text[0]) && glob(rest, text.slice(1));
}

/** The text with its variables replaced, each character of a value marked as literal; undefined without a value. */
export function resolve(text: string, values: Values): string | undefined {
  let isResolved = true;
  const resolved = text.replace(/\$\{([^}]*)\}/g, (_, inside: string) => {
    if (['*', '?', '$'].includes(inside)) return literally + inside;
    const [, key = '', , fallback] = /^\s*([^,]*?)\s*(,\s*'([^']*)'\s*)?$/.exec(inside) ?? [];
    const value = values[key.toLowerCase()] ?? fallback;
    if (typeof value !== 'string') isResolved = false;
    return Array.from(String(value))
      .map((one) => literally + one)
      .join('');
  });
  return isResolved ? resolved : undefined;
}

/** A resolved text in which wildcards are no wildcards either. */
export function plain(resolved: string): string {
  return resolved.replaceAll(literally, '');
}
