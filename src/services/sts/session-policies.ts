// The policies that limit a session: they are read when it is made, and must fit in its token.

import { PolicySyntaxError, parsePolicy } from '#access/parse.ts';
import type { AccountId } from '#core/account.ts';
import type { Session } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { malformedPolicy } from './refusals.ts';
import type { StsRooms } from './rooms.ts';

interface PolicyInput {
  readonly Policy?: string;
  readonly PolicyArns?: ReadonlyArray<{ readonly arn?: string }>;
}

type Policies = Pick<Session, 'policies' | 'policyArns'>;

/** Throws malformed-policy for a document that is none, and for an ARN that the account has no policy of. */
export async function sessionPolicies(input: PolicyInput, accountId: AccountId, rooms: StsRooms): Promise<Policies> {
  const { Policy, PolicyArns = [] } = input;
  if (Policy !== undefined) requirePolicy(Policy);
  const policyArns = PolicyArns.map(({ arn = '' }) => arn);
  for (const arn of policyArns) {
    if (!(await rooms.roles.hasPolicy(accountId, arn))) {
      throw malformedPolicy(`Policy ${arn} does not exist or is not attachable.`);
    }
  }
  return {
    ...(Policy === undefined ? {} : { policies: [Policy] }),
    ...(policyArns.length === 0 ? {} : { policyArns }),
  };
}

function requirePolicy(document: string): void {
  try {
    parsePolicy(document, 'identity');
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw malformedPolicy(`${error.message} (line ${error.line}, column ${error.column})`, error);
  }
}

/** All that packing asks of them. */
interface PackingRooms {
  readonly sessions: Pick<StsRooms['sessions'], 'packedBytes'>;
}

/**
 * How much of the space for what a session is given its policies, tags and lasting claims take, in percent; told only
 * where it has policies or tags. Throws packed-policy-too-large.
 */
export function packedSize(rooms: PackingRooms, session: Session): { readonly PackedPolicySize?: number } {
  const { policies, policyArns, tags, conditionKeys } = session;
  const isLimited = policies !== undefined || policyArns !== undefined || tags !== undefined;
  if (!isLimited && conditionKeys === undefined) return {};
  const bytes = rooms.sessions.packedBytes({
    ...(policies && { policies }),
    ...(policyArns && { policyArns }),
    ...(tags && { tags }),
    ...(conditionKeys && { conditionKeys }),
  });
  const percent = Math.ceil((bytes * 100) / limits.packedPolicyBytesMax);
  if (percent <= 100) return isLimited ? { PackedPolicySize: percent } : {};
  const message = `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`;
  throw new DomainError('packed-policy-too-large', message, {});
}
