// Inputs and outputs as CloudTrail writes them: members begin with a small letter, names inside maps stay as they are.

/** Members whose own members are names that callers chose. */
const maps: ReadonlySet<string> = new Set([
  'EncryptionContext',
  'SourceEncryptionContext',
  'DestinationEncryptionContext',
  'EncryptionContextSubset',
  'EncryptionContextEquals',
]);

/** Of bytes nothing is recorded, not even how many. */
export function recorded(value: unknown): Readonly<Record<string, unknown>> | null {
  if (!isStructure(value)) return null;
  const members = Object.entries(value).filter(([, member]) => member !== undefined && !ArrayBuffer.isView(member));
  if (members.length === 0) return null;
  return Object.fromEntries(members.map(([name, member]) => [small(name), maps.has(name) ? member : shown(member)]));
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  return isStructure(value) ? recorded(value) : value;
}

function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function small(name: string): string {
  // AWSAccountId is aWSAccountId in the records of KMS too.
  return name.charAt(0).toLowerCase() + name.slice(1);
}
