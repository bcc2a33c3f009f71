// A scenario to simulate: the policies as documents with where each came from, and who calls.

import type { PolicySourceType } from '@aws-sdk/client-iam';
import type { AppliedDocuments, PlacedDocument } from '#access/inputs.ts';
import { PolicySyntaxError, parsePolicy } from '#access/parse.ts';
import type { PolicyKind } from '#access/policy.ts';
import { type AppliedSet, appliedSet } from '#access/trace/document-set.ts';
import type { Principal } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import type { Guardrails, PolicyDocument, PrincipalFacts } from '#core/ports/policy-source.ts';
import type { EntityKind } from '../entities/entity.ts';
import type { AttachedPolicy } from './policy-sources.ts';

export interface Scenario {
  /** Parsed and compiled once, for every action and resource. */
  readonly applied: AppliedSet;
  readonly principal: Principal;
  /** False where nobody in particular calls: then no context key speaks of a principal. */
  readonly isCallerKnown: boolean;
  readonly tags: PrincipalFacts['tags'];
  readonly hasResourcePolicy: boolean;
  readonly resourceOwnerId: string | undefined;
  /** SourcePolicyType by the name of the policy. */
  readonly typeOf: (policyName: string) => PolicySourceType;
}

export interface ScenarioInput {
  readonly attached: readonly AttachedPolicy[];
  readonly PolicyInputList?: readonly string[];
  readonly PermissionsBoundaryPolicyInputList?: readonly string[];
  readonly ResourcePolicy?: string;
  readonly boundary?: PolicyDocument | undefined;
  readonly guardrails?: Pick<Guardrails, 'serviceControl'> | undefined;
  readonly principal: Principal;
  readonly isCallerKnown: boolean;
  readonly tags: PrincipalFacts['tags'];
  readonly resourceOwnerId?: string | undefined;
}

export const resourcePolicyName = 'ResourcePolicy';

/** Throws invalid-input for a document that is no policy. */
export function scenarioOf(input: ScenarioInput): Scenario {
  const { attached, ResourcePolicy, principal, isCallerKnown, tags, resourceOwnerId, guardrails } = input;
  const given = givenDocuments('PolicyInputList', input.PolicyInputList, 'identity');
  const givenBoundary = givenDocuments(
    'PermissionsBoundaryPolicyInputList',
    input.PermissionsBoundaryPolicyInputList,
    'identity',
  );
  const own = input.boundary === undefined ? [] : [placed(input.boundary, 'identity')];
  const boundary = givenBoundary.length > 0 ? givenBoundary : own;
  const resource = ResourcePolicy === undefined ? undefined : checked(resourcePolicyName, ResourcePolicy, 'resource');
  const documents: AppliedDocuments = {
    identity: [...attached.map(({ document }) => placed(document, 'identity')), ...given],
    resource,
    resourceMustAllow: false,
    limits: {
      ...(boundary.length === 0 ? {} : { boundary: [boundary] }),
      ...(guardrails === undefined
        ? {}
        : {
            serviceControl: guardrails.serviceControl.map((level) =>
              level.map((one) => placed(one, 'service-control')),
            ),
          }),
    },
  };
  const owners = new Map(attached.map(({ document, owner }) => [document.name, owner.kind]));
  return {
    applied: appliedSet(documents),
    principal,
    isCallerKnown,
    tags,
    hasResourcePolicy: resource !== undefined,
    resourceOwnerId,
    typeOf: (name) => typeOf(name, owners),
  };
}

function typeOf(name: string, owners: ReadonlyMap<string, EntityKind>): PolicySourceType {
  if (name === resourcePolicyName) return 'resource';
  if (name.startsWith('arn:aws:iam::aws:')) return 'aws-managed';
  return name.startsWith('arn:') ? 'user-managed' : (owners.get(name) ?? 'none');
}

/** Called as AWS calls them: `PolicyInputList.1` and so on. */
function givenDocuments(list: string, texts: readonly string[] = [], kind: PolicyKind): readonly PlacedDocument[] {
  return texts.map((text, index) => checked(`${list}.${index + 1}`, text, kind));
}

function checked(name: string, text: string, kind: PolicyKind): PlacedDocument {
  try {
    parsePolicy(text, kind);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    const where = `line ${error.line}, column ${error.column}`;
    throw new DomainError('invalid-input', `The policy ${name} is malformed: ${error.message} (${where})`, {});
  }
  return placed({ name, text }, kind);
}

function placed(document: PolicyDocument, kind: PolicyKind): PlacedDocument {
  return { document, kind };
}
