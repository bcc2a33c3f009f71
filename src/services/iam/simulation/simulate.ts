// Simulates one action on one resource: the decision, the statements that made it, and the context that was missing.

import { type ConditionContext, conditionContext, globalContext } from '#access/context.ts';
import type { PolicyType } from '#access/decision.ts';
import type { DecisionTree } from '#access/trace/decision-tree.ts';
import { traceApplied } from '#access/trace/trace.ts';
import { parseArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import { type NeedContext, need } from '#core/need.ts';
import { decisionDetails } from './decision-details.ts';
import type { Scenario } from './scenario.ts';

export interface Simulated {
  readonly action: string;
  readonly resource: string;
}

/** What every simulation of one call has in common. */
export interface Setting {
  readonly scenario: Scenario;
  readonly given: NeedContext;
  /** Who asks: region and account are those of the simulated call too. */
  readonly caller: Caller;
  readonly nowMs: number;
}

const decisions = { allowed: 'allowed', 'explicit-deny': 'explicitDeny', 'implicit-deny': 'implicitDeny' } as const;

/** As EvaluationResult. `isNamed` says that the resource was asked for, and gets a result of its own. */
export function simulate(setting: Setting, { action, resource }: Simulated, isNamed: boolean) {
  const { scenario } = setting;
  const resourceAccountId = resourceOwner(scenario, resource);
  const tree = traceApplied(
    {
      action,
      resource,
      principal: scenario.principal,
      ...(resourceAccountId === undefined ? {} : { resourceAccountId }),
      context: contextOf(setting, action, resource, resourceAccountId),
    },
    scenario.applied,
  );
  const decision = decisions[tree.reason];
  const MatchedStatements = matchedStatements(scenario, tree);
  const MissingContextValues = missingIn(tree);
  const boundary = allows(tree, 'permissions boundary', scenario);
  const organization = allows(tree, 'service control policy', scenario);
  const bounded =
    boundary === undefined ? {} : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: boundary } };
  const details = decisionDetails(tree, {
    isNamed,
    isCrossAccount: resourceAccountId !== undefined && resourceAccountId !== scenario.principal.accountId,
    hasBoundary: boundary !== undefined,
    isOrganizationFine: organization !== false,
  });
  const detailed = { ...bounded, ...(details === undefined ? {} : { EvalDecisionDetails: details }) };
  const specific = {
    EvalResourceName: resource,
    EvalResourceDecision: decision,
    MatchedStatements,
    MissingContextValues,
  };
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision,
    MatchedStatements,
    MissingContextValues,
    ...detailed,
    ...(organization === undefined ? {} : { OrganizationsDecisionDetail: { AllowedByOrganizations: organization } }),
    ...(isNamed ? { ResourceSpecificResults: [{ ...specific, ...detailed }] } : {}),
  };
}

/** Only where a resource policy is simulated does it matter whose the resource is. */
function resourceOwner({ hasResourcePolicy, resourceOwnerId }: Scenario, resource: string): string | undefined {
  if (!hasResourcePolicy) return undefined;
  return resourceOwnerId ?? (parseArn(resource)?.accountId || undefined);
}

/** Keys that follow from who calls and when; all others have to be given, or are missing. */
const followsFromCaller = /^aws:(principal(arn|account|type|isawsservice)|principaltag\/.+|userid|username)$/;
const followsFromClock = /^aws:(currenttime|epochtime)$/;

function contextOf(
  { scenario, given, caller, nowMs }: Setting,
  action: string,
  resource: string,
  resourceAccountId: string | undefined,
): ConditionContext {
  const { principal, tags, isCallerKnown } = scenario;
  const { call, region } = caller;
  const simulated: Caller = {
    principal,
    accountId: principal.accountId,
    region,
    accessKeyId: '',
    credential: 'sigv4',
    call,
  };
  const facts = { resourceAccountId, resourceTags: undefined, principalTags: tags };
  const global = globalContext(simulated, facts as Parameters<typeof globalContext>[1], need(action, resource), nowMs);
  return conditionContext(given, {
    get: (key) => {
      const isKnown = followsFromClock.test(key) || (isCallerKnown && followsFromCaller.test(key));
      return isKnown ? global.get(key) : undefined;
    },
  });
}

/** Those that decided; of an organisation's policies nothing is shown, and an implicit deny has none. */
function matchedStatements({ typeOf }: Scenario, { reason, policies }: DecisionTree) {
  const isDeny = reason === 'explicit-deny';
  if (reason === 'implicit-deny') return [];
  return policies
    .filter(({ type }) => type !== 'service control policy' && (isDeny || type !== 'permissions boundary'))
    .flatMap(({ name, statements }) =>
      statements
        .filter(({ matched, effect }) => matched && effect === (isDeny ? 'Deny' : 'Allow'))
        .map(({ start, end }) => ({
          SourcePolicyId: name,
          SourcePolicyType: typeOf(name),
          StartPosition: { Line: start.line, Column: start.column },
          EndPosition: { Line: end.line, Column: end.column },
        })),
    );
}

function missingIn({ policies }: DecisionTree): readonly string[] {
  const entries = policies.flatMap(({ context }) => context);
  return [...new Set(entries.filter(({ values }) => values.length === 0).map(({ key }) => key))].toSorted();
}

/** Whether each level of a limiting type allows and none denies; undefined where nothing of that type limits. */
function allows({ policies }: DecisionTree, type: PolicyType, { applied }: Scenario): boolean | undefined {
  const count = applied.levels[type];
  if (count === undefined) return undefined;
  const own = policies.filter((policy) => policy.type === type);
  if (own.some(({ effect }) => effect === 'denies')) return false;
  return Array.from({ length: count }, (_, level) => level).every((level) =>
    own.some((policy) => policy.level === level && policy.effect === 'allows'),
  );
}
