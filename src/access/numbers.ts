// Numbers as policies and requests write them.

/** Integers and decimals, with an exponent or without; undefined for anything else, hexadecimal and blanks included. */
export function parseNumber(text: string): number | undefined {
  return text.length <= 64 && /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : undefined;
}
