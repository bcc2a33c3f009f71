// What of a call's parameters may stand in the audit log: no secrets, no bytes, and never more than the limit.

import { limits } from '#core/limits.ts';

/** Compared without case, `-` and `_`, so that `x-amz-security-token` and `SecretAccessKey` are both met. */
const secretMembers: ReadonlySet<string> = new Set([
  'apikey',
  'assertion',
  'authenticationcode1',
  'authenticationcode2',
  'authorization',
  'authorizationtoken',
  'base32stringseed',
  'ciphertextblob',
  'clientsecret',
  'cookie',
  'credentialdata',
  'downloadurl',
  'imagemanifest',
  'layerpartblob',
  'newpassword',
  'oldpassword',
  'password',
  'passphrase',
  'plaintext',
  'privatekey',
  'privatekeyplaintext',
  'qrcodepng',
  'samlassertion',
  'secret',
  'secretaccesskey',
  'secretbinary',
  'secretstring',
  'sessiontoken',
  'tokencode',
  'webidentitytoken',
  'xamzsecuritytoken',
  'xamzsignature',
]);

/** The longest documents that callers send as a text (lifecycle policies) are kept whole. */
const textLengthMax = 32 * 1024;

/** A JSON character takes at most six bytes (`\u0000`), so a walk with this share of the limit always fits. */
const bytesPerCharacterMax = 6;

/**
 * The JSON of an object for requestParameters or responseElements, at most `bytesMax` long. Secret members, functions
 * and streams are left out, bytes become their length, dates read `Jul 11, 2018 10:17:44 PM` as CloudTrail writes
 * them. What does not fit is left out and `"truncated":true` says so. Returns `null` as text for null.
 */
export function redactedJson(
  value: Readonly<Record<string, unknown>> | null | undefined,
  bytesMax: number = limits.auditParametersBytesMax,
): string {
  if (value === null || value === undefined) return 'null';
  const flat = flatJson(value);
  if (flat !== undefined && flat.length * 3 <= bytesMax) return flat;
  const json = walked(value, bytesMax);
  if (json.length * 3 <= bytesMax || Buffer.byteLength(json) <= bytesMax) return json;
  return walked(value, Math.floor(bytesMax / bytesPerCharacterMax));
}

const flatMembersMax = 16;
const flatTextLengthMax = 1024;
const plainName = /^[a-zA-Z]{1,64}$/;

/** What most calls have, written in one go: a few short texts that are no secrets. Undefined for anything else. */
function flatJson(value: Readonly<Record<string, unknown>>): string | undefined {
  const names = Object.keys(value);
  if (names.length === 0 || names.length > flatMembersMax) return undefined;
  let json = '';
  for (const name of names) {
    const member = value[name];
    if (typeof member !== 'string' || member.length > flatTextLengthMax) return undefined;
    if (!plainName.test(name) || isSecret(name)) return undefined;
    json += `${json === '' ? '{' : ','}"${name}":${JSON.stringify(member)}`;
  }
  return `${json}}`;
}

function walked(value: Readonly<Record<string, unknown>>, charactersMax: number): string {
  // Room for `,"truncated":true` and the braces.
  const budget: Budget = { left: charactersMax - 24, truncated: false };
  const copy = copyMembers(value, budget, 1);
  return JSON.stringify(budget.truncated ? { ...copy, truncated: true } : copy);
}

interface Budget {
  left: number;
  truncated: boolean;
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
    if (isSecret(name) || !isShown(member)) continue;
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

function isSecret(name: string): boolean {
  const lower = name.toLowerCase();
  if (secretMembers.has(lower)) return true;
  return (lower.includes('-') || lower.includes('_')) && secretMembers.has(lower.replaceAll(/[-_]/g, ''));
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
