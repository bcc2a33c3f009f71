// How values that are amounts are read: seconds and bytes.

import { type Parser } from './parsers.ts';
import { wanted } from './refusals.ts';

/** Seconds in the file, milliseconds inside. */
export function parseSeconds(minMs: number, maxMs: number): Parser {
  return (value) => {
    const ms = typeof value === 'number' ? value * 1000 : Number.NaN;
    if (ms >= minMs && ms <= maxMs) return ms;
    return wanted(`a number of seconds from ${minMs / 1000} to ${maxMs / 1000}`, value);
  };
}

export function parseCount(min: number, max: number): Parser {
  return (value) => {
    const good = typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
    return good ? value : wanted(`a whole number from ${min} to ${max}`, value);
  };
}

/** A flag or a variable is a text. */
export function parseWorkers(value: unknown): number {
  const count = typeof value === 'string' && /^\d{1,2}$/.test(value) ? Number(value) : value;
  const good = typeof count === 'number' && Number.isSafeInteger(count) && count >= 1 && count <= 64;
  return good ? count : wanted('a whole number from 1 to 64', value);
}

export function parseBytes(value: unknown): number {
  const good = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1024 * 1024;
  return good ? value : wanted('a whole number of bytes, at least 1048576', value);
}
