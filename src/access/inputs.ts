// Puts a decision's inputs together: the request with its context, and the policies that apply, compiled.

import type { Caller, Principal } from '#core/caller.ts';
import type { Need } from '#core/need.ts';
import type { Guardrails, PolicyDocument } from '#core/ports/policy-source.ts';
import { type Applying, ownerOf } from './applying.ts';
import type { Compiler } from './compiler.ts';
import { globalContext } from './context.ts';
import { type AccessRequest, allLimits, type Level, type LimitName, type PolicySet } from './evaluate.ts';
import type { PolicyKind } from './policy.ts';
import { knowsResourceControl } from './resource-control.ts';

/** The request of one need. `nowMs` is epoch milliseconds. */
export function requestOf(caller: Caller, need: Need, applying: Applying, nowMs: number): AccessRequest {
  const { principal, resource, guardrails, resourceGuardrails, endpoint } = applying;
  const resourceAccountId = ownerOf(need, resource);
  const facts = {
    resourceAccountId,
    resourceTags: resource?.tags,
    resourceContext: resource?.context,
    principalTags: principal.tags,
    principalOrganization: guardrails?.organization,
    resourceOrganization: resourceGuardrails?.organization,
    vpcId: endpoint?.vpcId,
  };
  return {
    action: need.action,
    resource: resource?.arn ?? need.resource,
    principal: caller.principal,
    ...(resourceAccountId === undefined ? {} : { resourceAccountId }),
    // What is not there, or is of a closed account, grants nothing.
    ...(need.granted && resource && { granted: need.granted }),
    context: globalContext(caller, facts, need, nowMs),
  };
}

/** A document and the grammar that it follows. */
export interface PlacedDocument {
  readonly document: PolicyDocument;
  readonly kind: PolicyKind;
}

/** Everything that applies, as documents: what is compiled, evaluated and explained. */
export interface AppliedDocuments {
  readonly identity: readonly PlacedDocument[];
  readonly resource: PlacedDocument | undefined;
  readonly resourceMustAllow: boolean;
  /** What limits; of several levels each must allow. */
  readonly limits: Readonly<Partial<Record<LimitName, ReadonlyArray<readonly PlacedDocument[]>>>>;
}

export function documentsOf(principal: Principal, need: Need, applying: Applying): AppliedDocuments {
  const { principal: own, resource, endpoint, scope } = applying;
  const { serviceControl, resourceControl } = controlsOf(principal, need, applying);
  const resourceKind = need.resource.startsWith('arn:aws:iam:') ? 'trust' : 'resource';
  const limits: AppliedDocuments['limits'] = {
    ...(serviceControl && { serviceControl: placedLevels(serviceControl, 'service-control') }),
    ...(resourceControl && {
      resourceControl: resourceControl.map((level) => [fullAccess, ...placed(level, 'resource-control')]),
    }),
    ...(endpoint && { endpoint: placedLevels([[endpoint.policy]], 'resource') }),
    ...(scope && { scope: placedLevels(scope, 'identity') }),
    ...(own.boundary && { boundary: placedLevels([[own.boundary]], 'identity') }),
    ...(own.session && { session: placedLevels(own.session, 'identity') }),
  };
  return {
    identity: placed(own.identity, 'identity'),
    resource: resource?.policy && { document: resource.policy, kind: resourceKind },
    // A role that nobody knows trusts nobody. A federated user, who can be tagged too, is no role.
    resourceMustAllow: resource?.mustAllow === true || (trustAction.test(need.action) && !isFederatedUser(need)),
    limits,
  };
}

function placed(documents: readonly PolicyDocument[], kind: PolicyKind): readonly PlacedDocument[] {
  return documents.map((document) => ({ document, kind }));
}

function placedLevels(levels: ReadonlyArray<readonly PolicyDocument[]>, kind: PolicyKind) {
  return levels.map((level) => placed(level, kind));
}

/** At every level of resource control, and nobody can take it away: the other policies there only deny. */
const fullAccess: PlacedDocument = {
  document: { name: 'RCPFullAWSAccess', text: '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}' },
  kind: 'identity',
};

/** The same, in the shape that is evaluated. */
export function policySetOf(compile: Compiler, { identity, resource, resourceMustAllow, limits }: AppliedDocuments) {
  const level = (documents: readonly PlacedDocument[]): Level =>
    documents.map(({ document, kind }) => compile(document, kind));
  const levels: Partial<Record<LimitName, readonly Level[]>> = {};
  for (const [member] of allLimits) {
    const list = limits[member];
    if (list !== undefined) levels[member] = list.map(level);
  }
  const set: PolicySet = { identity: level(identity), resourceMustAllow, ...levels };
  return resource === undefined ? set : { ...set, resource: compile(resource.document, resource.kind) };
}

function isFederatedUser({ resource }: Need): boolean {
  return resource.startsWith('arn:aws:sts:');
}

const trustAction = /^sts:(AssumeRole\w*|TagSession|SetSourceIdentity)$/i;

/**
 * Service control policies are for the users, roles and root of an account, and not for roles that are linked to a
 * service; resource control policies only for the services that know them.
 */
function controlsOf(principal: Principal, need: Need, applying: Applying): Partial<Guardrails> {
  const isLinked = principal.session?.role?.arn.includes(':role/aws-service-role/') === true;
  const isStranger = principal.kind === 'service' || principal.kind === 'web-identity';
  const { guardrails, resourceGuardrails } = applying;
  return {
    ...(isLinked || isStranger || guardrails === undefined ? {} : { serviceControl: guardrails.serviceControl }),
    ...(isLinked || resourceGuardrails === undefined || !knowsResourceControl(need.action)
      ? {}
      : { resourceControl: resourceGuardrails.resourceControl }),
  };
}
