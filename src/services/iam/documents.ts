// Policy documents as inputs bring them and answers carry them.

import { PolicySyntaxError, parsePolicy } from '#access/parse.ts';
import type { ParsedPolicy, PolicyKind } from '#access/policy.ts';
import { DomainError } from '#core/errors.ts';

/** Throws malformed-policy with line and column. */
export function requirePolicy(document: string, kind: PolicyKind): ParsedPolicy {
  try {
    return parsePolicy(document, kind);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    const where = `line ${error.line}, column ${error.column}`;
    throw new DomainError('malformed-policy', `${error.message} (${where})`, {}, { cause: error });
  }
}

/** RFC 3986: what encodeURIComponent leaves but the RFC reserves is encoded too (iam.md §6). */
export function percentEncoded(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
