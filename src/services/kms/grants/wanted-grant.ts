// What CreateGrant asks for: checked, and as the condition keys that policies ask for.

import type * as Kms from '@aws-sdk/client-kms';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { NeedContext } from '#core/need.ts';
import type { InputOf } from '#wire/sdk.ts';
import type { KmsKey } from '../keys/key.ts';
import { encryptionContextKeys } from '../keys/key-need.ts';
import type { ContextConstraint } from './context-constraint.ts';
import { unfit } from './rights.ts';

export type CreateGrantInput = InputOf<typeof Kms, 'CreateGrant'>;

/** Undefined without one. Of two the first, for decisions: `requireValid` refuses them. */
export function constraintIn({ Constraints }: CreateGrantInput): ContextConstraint | undefined {
  for (const type of ['EncryptionContextEquals', 'EncryptionContextSubset'] as const) {
    const context = Constraints?.[type];
    if (context !== undefined) return { type, context };
  }
  return undefined;
}

/** The condition keys of CreateGrant. Whether a service asks for somebody stands beside them. */
export function grantContext(input: CreateGrantInput): NeedContext {
  const { GranteePrincipal: grantee, RetiringPrincipal: retiring } = input;
  const constraint = constraintIn(input);
  return {
    ...encryptionContextKeys(constraint?.context),
    'kms:GrantOperations': input.Operations,
    ...(grantee === undefined ? {} : { 'kms:GranteePrincipal': grantee }),
    ...(retiring === undefined ? {} : { 'kms:RetiringPrincipal': retiring }),
    ...(constraint === undefined ? {} : { 'kms:GrantConstraintType': constraint.type }),
  };
}

/** Throws validation-failed, and kms-unsupported for what could not be enforced. */
export function requireValid(input: CreateGrantInput, key: KmsKey): void {
  requireServed(input);
  if (input.GranteePrincipal === undefined) throw invalid('GranteePrincipal is required.');
  if (input.Operations.length === 0) throw invalid('Operations must not be empty.');
  const [operation] = unfit(input.Operations, key);
  if (operation !== undefined) {
    throw invalid(`Operation ${operation} is not valid for ${key.arn} with key spec ${key.spec}.`);
  }
  const { EncryptionContextEquals, EncryptionContextSubset } = input.Constraints ?? {};
  if (EncryptionContextEquals !== undefined && EncryptionContextSubset !== undefined) {
    throw invalid('Constraints has EncryptionContextEquals or EncryptionContextSubset, not both.');
  }
  const constraint = constraintIn(input);
  if (constraint !== undefined) requireConstraint(constraint, key);
}

function requireConstraint({ context, type }: ContextConstraint, key: KmsKey): void {
  if (key.spec !== 'SYMMETRIC_DEFAULT') {
    throw invalid(`${type} is not valid for ${key.arn} with key spec ${key.spec}.`);
  }
  const pairs = Object.entries(context);
  const { grantContextPairsMax: pairsMax, grantContextValueLengthMax: lengthMax } = limits;
  if (pairs.length === 0 || pairs.length > pairsMax) throw invalid(`${type} has 1 to ${pairsMax} pairs.`);
  if (pairs.some(([, value]) => value.length > lengthMax)) {
    throw invalid(`A value of ${type} is longer than ${lengthMax} characters.`);
  }
}

/** Services are named as principals are. What is asked for on behalf of a resource is not told by its ARN here. */
function requireServed({ GranteeServicePrincipal, RetiringServicePrincipal, Constraints }: CreateGrantInput): void {
  if ((GranteeServicePrincipal ?? RetiringServicePrincipal ?? Constraints?.SourceArn) === undefined) return;
  const message = 'GranteeServicePrincipal, RetiringServicePrincipal and SourceArn are not served by Sallyport.';
  throw new DomainError('kms-unsupported', message, {});
}

function invalid(message: string): DomainError {
  return new DomainError('validation-failed', message, {});
}
