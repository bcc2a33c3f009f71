// Text that others chose, for one line of a terminal: nothing in it breaks the line, moves the cursor or turns letters.

/** What JSON escapes, then C1 controls, line and paragraph separators, and marks of the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const signs = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The value as JSON, which reads back as the same. */
export function printableJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(signs, escaped);
}

/** Signs are spelt as JSON spells them; what is written with them already cannot be told apart. */
export function printable(text: string): string {
  return text.replace(signs, (sign) => short.get(sign) ?? escaped(sign));
}

/** The same of several lines, indented ones too. */
export function printableLines(text: string): string {
  return text.replace(signs, (sign) => (sign === '\n' || sign === '\t' ? sign : (short.get(sign) ?? escaped(sign))));
}

const short: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
