// The reasons of a denial in the shape that DecodeAuthorizationMessage answers them, for the principal's own account.

import type { Principal } from '#core/caller.ts';
import { documentsOf } from '../inputs.ts';
import type { ParsedCondition, ParsedStatement } from '../policy.ts';
import type { DecisionTree } from './decision-tree.ts';
import type { DeniedNeed } from './denied-need.ts';
import { appliedSet } from './document-set.ts';
import { ownSide } from './own-side.ts';
import { traceDecision } from './trace.ts';

/** What is sealed: the message and whose it is. */
interface AuthorizationMessage {
  readonly accountId: string;
  readonly message: object;
}

/** Seals it; of reasons that would be too long to open again, only what was decided. */
export function sealedReasons(denied: DeniedNeed, seal: (message: object) => string, charsMax: number): string {
  const reasons = authorizationMessage(denied);
  const sealed = seal(reasons);
  if (sealed.length <= charsMax) return sealed;
  const { accountId } = reasons;
  return seal({ accountId, message: { allowed: false, explicitDeny: denied.decision.reason === 'explicit-deny' } });
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html */
function authorizationMessage(denied: DeniedNeed): AuthorizationMessage {
  const { caller, need, request, applying } = denied;
  const { principal } = caller;
  const documents = documentsOf(principal, need, applying);
  const tree = traceDecision(request, documents);
  const isOwnResource = (request.resourceAccountId ?? principal.accountId) === principal.accountId;
  const seen = isOwnResource ? tree : ownSide(tree, 'principal');
  const applied = appliedSet(documents).policies;
  const statements = seen.policies.flatMap(({ type, name, level, statements: traced }) => {
    const policy = applied.find((one) => one.type === type && one.name === name && one.level === level);
    const denying = traced.filter(({ matched, effect }) => matched && effect === 'Deny');
    return denying.flatMap(({ index }) => policy?.parsed?.statements[index] ?? []);
  });
  return {
    accountId: principal.accountId,
    message: {
      allowed: false,
      explicitDeny: tree.reason === 'explicit-deny',
      matchedStatements: items(statements.map(statementView)),
      failures: items([]),
      context: {
        principal: { id: idOf(principal), name: nameOf(principal), arn: principal.arn },
        action: request.action,
        resource: request.resource,
        conditions: items(conditionsRead(seen)),
      },
    },
  };
}

function items(list: readonly object[]): object {
  return { items: list };
}

const values = (texts: readonly string[]): object => items(texts.map((value) => ({ value })));

function statementView({ sid = '', effect, principals, actions, resources, conditions }: ParsedStatement): object {
  return {
    statementId: sid,
    effect: effect.toUpperCase(),
    principals: values(principals?.list.map(({ value }) => value) ?? []),
    principalGroups: items([]),
    actions: values(actions.patterns),
    resources: values(resources?.patterns ?? []),
    conditions: items(conditions.map(conditionView)),
  };
}

function conditionView({ quantifier, operator, ifExists, key, values: wanted }: ParsedCondition): object {
  const spelt = `${quantifier === undefined ? '' : `${quantifier}:`}${operator}${ifExists ? 'IfExists' : ''}`;
  return { operator: spelt, key, values: values(wanted) };
}

function conditionsRead({ policies }: DecisionTree): readonly object[] {
  const read = new Map(policies.flatMap(({ context }) => context.map((entry) => [entry.key, entry.values])));
  return [...read].filter(([, found]) => found.length > 0).map(([key, found]) => ({ key, values: values(found) }));
}

function idOf({ principalId }: Principal): string {
  return principalId;
}

function nameOf({ arn, userName }: Principal): string {
  return userName ?? arn.slice(arn.lastIndexOf('/') + 1);
}
