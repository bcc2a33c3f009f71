// A grant as everything but its table sees it.

import { DomainError } from '#core/errors.ts';
import type { ConstraintType, ContextConstraint } from './context-constraint.ts';
import type { GrantRow } from './tables.ts';

export interface Grant {
  readonly grantId: string;
  readonly keyId: string;
  readonly region: string;
  /** As it is kept, see grant-principals.ts. */
  readonly grantee: string;
  readonly retiring: string | undefined;
  readonly issuingAccount: string;
  readonly name: string | undefined;
  /** Bits, see rights.ts. */
  readonly operations: number;
  readonly constraint: ContextConstraint | undefined;
  readonly createdAtMs: number;
}

export function grantOf(row: GrantRow): Grant {
  return {
    grantId: row.grant_id,
    keyId: row.key_id,
    region: row.region,
    grantee: row.grantee,
    retiring: row.retiring ?? undefined,
    issuingAccount: row.issuing_account,
    name: row.grant_name ?? undefined,
    operations: row.operations,
    constraint: constraintOf(row),
    createdAtMs: row.created_at_ms,
  };
}

export function constraintOf({
  constraint_type: type,
  constraint_context: context,
}: Pick<GrantRow, 'constraint_type' | 'constraint_context'>): ContextConstraint | undefined {
  if (type === null || context === null) return undefined;
  return { type: type as ConstraintType, context: JSON.parse(context) };
}

/** Throws kms-grant-id-invalid. */
export function requireGrantId(text: string): void {
  if (/^[0-9a-f]{64}$/.test(text)) return;
  throw new DomainError('kms-grant-id-invalid', `Invalid grant ID '${text}'`, {});
}
