// TestPolicy: what would be decided if a principal did something to a resource, and why, with the policies of now.

import { applyingTo } from '#access/applying.ts';
import { conditionContext } from '#access/context.ts';
import { documentsOf, requestOf } from '#access/inputs.ts';
import type { ContextEntry, DecisionTree } from '#access/trace/decision-tree.ts';
import { traceDecision } from '#access/trace/trace.ts';
import { parseAccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { Caller, Principal } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import { principalNamed } from '#core/principal-named.ts';
import type { SallyportRooms } from './rooms.ts';

export interface TestPolicyInput {
  /** A user, a role (as a session of it that nothing limits) or the root user of the caller's account. */
  readonly principalArn: string;
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** Condition keys that are to be other than those of a request that came from where this one does. */
  readonly context?: readonly ContextEntry[];
}

export interface TestPolicyOutput {
  readonly decision: DecisionTree;
}

export const testPolicy: Operation<TestPolicyInput, TestPolicyOutput, SallyportRooms> = {
  kind: 'read',
  needs: ({ principalArn }) => [need('sallyport:TestPolicy', principalArn)],
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { policies, principals, clock }) {
    const { principalArn, action, resource, context = [] } = input;
    const nowMs = clock.nowMs();
    if (parseArn(principalArn)?.accountId !== caller.accountId) throw notOwn('principal', principalArn);
    const principal = await principalNamed(principals, principalArn, nowMs);
    if (principal === undefined) {
      throw new DomainError('no-such-entity', `There is no user or role ${principalArn}.`, {});
    }
    const owner = parseAccountId(parseArn(resource)?.accountId ?? '');
    // What the other account's policies say is theirs to test: trying it leaves a trace there, testing would not.
    if (owner !== undefined && owner !== caller.accountId) throw notOwn('resource', resource);
    const asked = need(action, resource);
    const asCaller = callerFor(caller, principal);
    const applying = await applyingTo(policies, asCaller, asked);
    const request = requestOf(asCaller, asked, applying, nowMs);
    const given = Object.fromEntries(
      context.map(({ key, values }) => [key, values.length === 1 ? values.join() : values]),
    );
    const documents = documentsOf(principal, asked, applying);
    return { decision: traceDecision({ ...request, context: conditionContext(given, request.context) }, documents) };
  },
};

function callerFor({ call, region }: Caller, principal: Principal): Caller {
  return { principal, accountId: principal.accountId, region, accessKeyId: '', credential: 'sigv4', call };
}

function notOwn(what: string, arn: string): DomainError {
  return new DomainError('validation-failed', `The ${what} ${arn} is not of this account.`, {});
}
