// The policy simulators: SimulateCustomPolicy, SimulatePrincipalPolicy, and the context keys that policies read.

import type * as Iam from '@aws-sdk/client-iam';
import { parseAccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { Caller, Principal } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { principalNamed } from '#core/principal-named.ts';
import { nextTurn } from '#std/next-turn.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { pageOfList } from '../paging.ts';
import { noSuchEntity } from '../refusals.ts';
import type { IamRooms } from '../rooms.ts';
import { contextKeysOf } from './context-keys.ts';
import { excluding } from './exclusions.ts';
import type { PolicySourceEntity } from './policy-sources.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { simulate } from './simulate.ts';

type CommonInput = Omit<InputOf<typeof Iam, 'SimulateCustomPolicy'>, 'PolicyInputList'>;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html */
const simulateCustomPolicy = operation<typeof Iam, 'SimulateCustomPolicy', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:SimulateCustomPolicy', '*')],
  errors: ['validation-failed', 'invalid-input'],
  async handle(input, caller, rooms) {
    const { CallerArn, ResourcePolicy, OrderedOrganizationPolicyInputList: levels } = input;
    if (ResourcePolicy !== undefined && CallerArn === undefined) throw callerNeeded();
    const principal = CallerArn === undefined ? nobody(caller) : await simulatedCaller(rooms, CallerArn, caller);
    const named = levels?.map(({ ServiceControlPolicyInputList: texts = [] }, at) =>
      texts.map((text, index) => ({ name: `OrderedOrganizationPolicyInputList.${at + 1}.${index + 1}`, text })),
    );
    const scenario = scenarioOf({
      ...input,
      attached: [],
      principal,
      isCallerKnown: CallerArn !== undefined,
      tags: {},
      guardrails: named && { serviceControl: named },
      resourceOwnerId: ownerOf(input),
    });
    return results('SimulateCustomPolicy', scenario, input, caller, rooms);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html */
const simulatePrincipalPolicy = operation<typeof Iam, 'SimulatePrincipalPolicy', IamRooms>({
  kind: 'read',
  needs: (input) => [need('iam:SimulatePrincipalPolicy', input.PolicySourceArn)],
  errors: ['validation-failed', 'invalid-input', 'no-such-entity'],
  async handle(input, caller, rooms) {
    const { PolicySourceArn, CallerArn, ResourcePolicy, PolicyExclusionList } = input;
    const source = await requireSource(rooms, PolicySourceArn);
    const isUser = parseArn(PolicySourceArn)?.resource.startsWith('user/') === true;
    if (ResourcePolicy !== undefined && CallerArn === undefined && !isUser) throw callerNeeded();
    const principal = CallerArn === undefined ? source.principal : await simulatedCaller(rooms, CallerArn, caller);
    const isGroup = parseArn(PolicySourceArn)?.resource.startsWith('group/') === true;
    const scenario = scenarioOf({
      ...input,
      attached: excluding(source.policies, PolicyExclusionList),
      principal,
      isCallerKnown: CallerArn !== undefined || !isGroup,
      tags: source.facts.tags,
      boundary: source.facts.boundary,
      guardrails: rooms.guardrailsOf?.(principal.accountId),
      resourceOwnerId: ownerOf(input),
    });
    return results('SimulatePrincipalPolicy', scenario, input, caller, rooms);
  },
});

const getContextKeysForCustomPolicy = operation<typeof Iam, 'GetContextKeysForCustomPolicy', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:GetContextKeysForCustomPolicy', '*')],
  errors: ['validation-failed', 'invalid-input'],
  handle: ({ PolicyInputList }) => ({ ContextKeyNames: contextKeysOf(PolicyInputList) }),
});

const getContextKeysForPrincipalPolicy = operation<typeof Iam, 'GetContextKeysForPrincipalPolicy', IamRooms>({
  kind: 'read',
  needs: (input) => [need('iam:GetContextKeysForPrincipalPolicy', input.PolicySourceArn)],
  errors: ['validation-failed', 'invalid-input', 'no-such-entity'],
  async handle({ PolicySourceArn, PolicyInputList = [] }, _caller, rooms) {
    const { policies } = await requireSource(rooms, PolicySourceArn);
    return { ContextKeyNames: contextKeysOf([...policies.map(({ document }) => document.text), ...PolicyInputList]) };
  },
});

export const simulationOperations = {
  SimulateCustomPolicy: simulateCustomPolicy,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
  GetContextKeysForCustomPolicy: getContextKeysForCustomPolicy,
  GetContextKeysForPrincipalPolicy: getContextKeysForPrincipalPolicy,
};

/** Simulating takes a fraction of a millisecond each: between so many others get their turn. */
const perTurn = 10;

/** One result for each action on each resource, a page of them; only those of the page are simulated. */
async function results(name: string, scenario: Scenario, input: CommonInput, caller: Caller, rooms: IamRooms) {
  const { ActionNames, ResourceArns = [], ContextEntries = [] } = input;
  const resources = ResourceArns.length === 0 ? ['*'] : ResourceArns;
  const all = ActionNames.flatMap((action) => resources.map((resource) => ({ action, resource })));
  const numbered = all.map((one, index) => ({ ...one, key: String(index).padStart(7, '0') }));
  const scope = `${name}/${ActionNames.length}/${resources.length}`;
  const { items, ...page } = pageOfList(rooms, scope, input, { all: numbered, keyOf: ({ key }) => key });
  const given = Object.fromEntries(
    ContextEntries.map(({ ContextKeyName = '', ContextKeyValues: values = [], ContextKeyType: type = 'string' }) => {
      const isList = type.endsWith('List') || values.length !== 1;
      return [ContextKeyName, isList ? values : values.join()];
    }),
  );
  const setting = { scenario, given, caller, nowMs: rooms.clock.nowMs() };
  const EvaluationResults = [];
  for (const [index, one] of items.entries()) {
    if (index % perTurn === perTurn - 1) await nextTurn();
    EvaluationResults.push(simulate(setting, one, ResourceArns.length > 0));
  }
  return { EvaluationResults, ...page };
}

async function requireSource({ simulation }: IamRooms, arn: string): Promise<PolicySourceEntity> {
  const source = await simulation.sourceOf(arn);
  if (source === undefined) throw noSuchEntity(`The entity ${arn}`);
  return source;
}

/** Of the own account only: whether another has such a user is not for us to know. */
async function simulatedCaller(
  { simulation, clock }: IamRooms,
  arn: string,
  { accountId }: Caller,
): Promise<Principal> {
  const { accountId: owner, resource = '' } = parseArn(arn) ?? {};
  const isUser = resource.startsWith('user/') && owner === accountId;
  const principal = isUser ? await principalNamed(simulation.principals, arn, clock.nowMs()) : undefined;
  if (principal !== undefined) return principal;
  throw new DomainError('invalid-input', `Invalid CallerArn: ${arn} is no user of this account.`, {});
}

/** Somebody of the account, of whom nothing is known. */
function nobody({ accountId }: Caller): Principal {
  return { kind: 'user', accountId, arn: `arn:aws:iam::${accountId}:user/simulated`, principalId: 'AIDASIMULATED' };
}

/** An account, or its root user's ARN. */
function ownerOf({ ResourceOwner: owner }: CommonInput): string | undefined {
  if (owner === undefined) return undefined;
  const accountId = parseAccountId(parseArn(owner)?.accountId ?? owner);
  if (accountId !== undefined) return accountId;
  throw new DomainError('invalid-input', `Invalid ResourceOwner: ${owner} is no account.`, {});
}

function callerNeeded(): DomainError {
  const message = 'CallerArn must name a user when a ResourcePolicy is given.';
  return new DomainError('invalid-input', message, {});
}
