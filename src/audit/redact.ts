// What of a call's parameters may stand in the audit log: no secrets, no bytes, and never more than the limit.

import { limits } from '#core/limits.ts';
import { isDocument, memberKind } from './members.ts';

/** The longest documents that callers send as a text (lifecycle policies) are kept whole. */
const textLengthMax = 32 * 1024;

/** A JSON character takes at most six bytes (`\u0000`), so a walk with this share of the limit always fits. */
const bytesPerCharacterMax = 6;

/** Seals the JSON of a document that stands under these names; undefined for one that is to stand in clear. */
export type SealDocument = (names: readonly string[], json: string) => string | undefined;

/** Sealed, a document takes a third more and a hundred bytes; what is many times as long was made to be so. */
const sealedShareMax = 2;

/**
 * The JSON of an object for requestParameters or responseElements, at most `bytesMax` long. Secret members, functions
 * and streams are left out, bytes become their length, dates read `Jul 11, 2018 10:17:44 PM` as CloudTrail writes
 * them. What does not fit is left out and `"truncated":true` says so. Returns `null` as text for null. With `seal`
 * every document is sealed in what would stand there in clear, which then is at most twice as long.
 */
export function redactedJson(
  value: Readonly<Record<string, unknown>> | null | undefined,
  bytesMax: number = limits.auditParametersBytesMax,
  seal?: SealDocument,
): string {
  if (value === null || value === undefined) return 'null';
  return shortJson(value, bytesMax) ?? longJson(value, bytesMax, seal);
}

/** What most calls have: a few short texts that are neither secrets nor documents. Undefined for anything else. */
export function shortJson(value: Readonly<Record<string, unknown>>, bytesMax: number): string | undefined {
  const flat = flatJson(value);
  return flat !== undefined && flat.length * 3 <= bytesMax ? flat : undefined;
}

/** `redactedJson` of what is not short. */
export function longJson(
  value: Readonly<Record<string, unknown>>,
  bytesMax: number,
  seal: SealDocument | undefined,
): string {
  const first = walked(value, bytesMax);
  const isShort = first.json.length * 3 <= bytesMax || Buffer.byteLength(first.json) <= bytesMax;
  const clear = isShort ? first : walked(value, Math.floor(bytesMax / bytesPerCharacterMax));
  if (seal === undefined || !clear.hasDocuments) return clear.json;
  sealDocuments(clear.copy, [], seal);
  const sealed = JSON.stringify(clear.copy);
  // Of what is so many small documents there is room for the sixth part for sure.
  if (sealed.length <= bytesMax * sealedShareMax || !isShort) return sealed;
  const less = walked(value, Math.floor(bytesMax / bytesPerCharacterMax));
  sealDocuments(less.copy, [], seal);
  return JSON.stringify(less.copy);
}

/** In place: the copy is ours. */
function sealDocuments(copy: object, names: readonly string[], seal: SealDocument): void {
  for (const [name, member] of Object.entries(copy)) {
    const place = [...names, name];
    if (isDocument(name, member)) {
      const sealed = seal(place, JSON.stringify(member));
      if (sealed !== undefined) Object.assign(copy, { [name]: sealed });
    } else if (typeof member === 'object' && member !== null) sealDocuments(member, place, seal);
  }
}

const flatMembersMax = 16;
const flatTextLengthMax = 1024;
const plainName = /^[a-zA-Z]{1,64}$/;

/** Written in one go; undefined for anything else. */
function flatJson(value: Readonly<Record<string, unknown>>): string | undefined {
  const names = Object.keys(value);
  if (names.length === 0 || names.length > flatMembersMax) return undefined;
  let json = '';
  for (const name of names) {
    const member = value[name];
    if (typeof member !== 'string' || member.length > flatTextLengthMax) return undefined;
    if (!plainName.test(name) || memberKind(name) !== undefined) return undefined;
    json += `${json === '' ? '{' : ','}"${name}":${JSON.stringify(member)}`;
  }
  return `${json}}`;
}

interface Walked {
  /** Ours alone. */
  readonly copy: Readonly<Record<string, unknown>>;
  readonly json: string;
  readonly hasDocuments: boolean;
}

function walked(value: Readonly<Record<string, unknown>>, charactersMax: number): Walked {
  // Room for `,"truncated":true` and the braces.
  const budget: Budget = { left: charactersMax - 24, truncated: false, hasDocuments: false };
  const members = copyMembers(value, budget, 1);
  const copy = budget.truncated ? { ...members, truncated: true } : members;
  return { copy, json: JSON.stringify(copy), hasDocuments: budget.hasDocuments };
}

interface Budget {
  left: number;
  truncated: boolean;
  hasDocuments: boolean;
}

/** Takes `characters` from the budget; false, and nothing more fits, when they are not there. */
function spend(budget: Budget, characters: number): boolean {
  if (budget.left >= characters) {
    budget.left -= characters;
    return true;
  }
  budget.left = 0;
  budget.truncated = true;
  return false;
}

function copyMembers(value: object, budget: Budget, depth: number): Record<string, unknown> {
  // Without a prototype a member named __proto__ is a member like any other.
  const copy: Record<string, unknown> = Object.create(null);
  for (const [name, member] of Object.entries(value)) {
    const kind = memberKind(name);
    if (kind === 'secret' || !isShown(member)) continue;
    if (kind === 'document') budget.hasDocuments = true;
    if (!spend(budget, name.length + 4)) break;
    const shown = copyValue(member, budget, depth);
    if (shown !== undefined) copy[name] = shown;
  }
  return copy;
}

function copyValue(value: unknown, budget: Budget, depth: number): unknown {
  if (typeof value === 'string') return copyText(value, budget);
  if (typeof value !== 'object' || value === null) {
    const shown = typeof value === 'bigint' ? value.toString() : value;
    return spend(budget, 24) ? shown : undefined;
  }
  if (value instanceof Date) return spend(budget, 32) ? cloudTrailDate(value) : undefined;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return spend(budget, 24) ? `${value.byteLength} bytes` : undefined;
  }
  if (depth >= limits.jsonDepthMax) {
    budget.truncated = true;
    return undefined;
  }
  if (!Array.isArray(value)) return spend(budget, 2) ? copyMembers(value, budget, depth + 1) : undefined;
  return spend(budget, 2) ? copyItems(value, budget, depth + 1) : undefined;
}

function copyItems(items: readonly unknown[], budget: Budget, depth: number): unknown[] {
  const copy: unknown[] = [];
  for (const item of items) {
    if (budget.left <= 0) {
      budget.truncated = true;
      break;
    }
    const shown = isShown(item) ? copyValue(item, budget, depth) : null;
    if (shown !== undefined) copy.push(shown);
  }
  return copy;
}

function copyText(text: string, budget: Budget): string | undefined {
  const shown =
    text.length <= textLengthMax
      ? text
      : `${text.slice(0, textLengthMax)}… (${text.length - textLengthMax} characters more)`;
  return spend(budget, shown.length + 2) ? shown : undefined;
}

/** False for what is no data: functions, symbols, and objects with a life of their own such as streams. */
function isShown(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
  }
  if (Array.isArray(value) || value instanceof Date || ArrayBuffer.isView(value)) return true;
  if (value instanceof ArrayBuffer) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Jul 11, 2018 10:17:44 PM` in UTC; null for an invalid date. */
function cloudTrailDate(date: Date): string | null {
  if (Number.isNaN(date.getTime())) return null;
  const hours = date.getUTCHours();
  const [minutes, seconds] = [date.getUTCMinutes(), date.getUTCSeconds()].map((part) => String(part).padStart(2, '0'));
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  return `${day} ${hours % 12 === 0 ? 12 : hours % 12}:${minutes}:${seconds} ${hours < 12 ? 'AM' : 'PM'}`;
}
