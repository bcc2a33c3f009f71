// The policy documents that apply to one request, by type, and what evaluation makes of them.

import type { Guardrails, PolicyDocument, PrincipalFacts, ResourceFacts } from '#core/ports/policy-source.ts';
import { type CompiledPolicy, compilePolicy } from '../compile.ts';
import type { PolicyType } from '../decision.ts';
import type { PolicySet } from '../evaluate.ts';
import { PolicySyntaxError, parsePolicy } from '../parse.ts';
import type { ParsedPolicy, PolicyKind } from '../policy.ts';

/** One document with its place among those that apply. */
export interface Applied {
  readonly type: PolicyType;
  /** Of several levels each must allow. */
  readonly level: number;
  readonly name: string;
  readonly compiled: CompiledPolicy;
  /** Undefined, with the problem, when the document is no policy: it then allows and denies nothing. */
  readonly parsed: ParsedPolicy | undefined;
  readonly problem?: string;
}

/** Everything that applies. A type that limits nothing has no levels. */
export interface AppliedSet {
  readonly policies: readonly Applied[];
  /** How many levels each limiting type has, those without a document included. */
  readonly levels: Readonly<Partial<Record<PolicyType, number>>>;
  readonly resourceMustAllow: boolean;
}

export interface Applying {
  readonly principal: PrincipalFacts;
  readonly resource: ResourceFacts | undefined;
  /** Of the principal's account, and of the resource's. */
  readonly guardrails?: { readonly own?: Guardrails | undefined; readonly resource?: Guardrails | undefined };
}

/** Parses and compiles all of them; never throws. */
export function appliedSet({ principal, resource, guardrails }: Applying): AppliedSet {
  const policies: Applied[] = [];
  const levels: Partial<Record<PolicyType, number>> = {};
  const add = (type: PolicyType, documents: readonly PolicyDocument[], level = 0, kind: PolicyKind = 'identity') => {
    for (const document of documents) policies.push(applied(document, { type, level, kind }));
  };
  const addLevels = (type: PolicyType, list: ReadonlyArray<readonly PolicyDocument[]> | undefined) => {
    if (list === undefined) return;
    levels[type] = list.length;
    for (const [level, documents] of list.entries()) add(type, documents, level, kindOf(type));
  };
  add('identity-based policy', principal.identity);
  const kind = resource?.mustAllow === true ? 'trust' : 'resource';
  if (resource?.policy !== undefined) add('resource-based policy', [resource.policy], 0, kind);
  addLevels('permissions boundary', principal.boundary && [[principal.boundary]]);
  addLevels('session policy', principal.session);
  addLevels('service control policy', guardrails?.own?.serviceControl);
  addLevels('resource control policy', guardrails?.resource?.resourceControl);
  return { policies, levels, resourceMustAllow: resource?.mustAllow === true };
}

function kindOf(type: PolicyType): PolicyKind {
  return type === 'resource control policy' ? 'resource' : 'identity';
}

function applied(
  { name, text }: PolicyDocument,
  place: { type: PolicyType; level: number; kind: PolicyKind },
): Applied {
  const { type, level, kind } = place;
  try {
    const parsed = parsePolicy(text, kind);
    return { type, level, name, parsed, compiled: compilePolicy(parsed, name) };
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    const compiled = { name, allows: [], denies: [], readsContext: false };
    return { type, level, name, parsed: undefined, compiled, problem: error.message };
  }
}

/** The same as evaluation takes it. */
export function policySetOf({ policies, levels, resourceMustAllow }: AppliedSet): PolicySet {
  const of = (type: PolicyType) => policies.filter((one) => one.type === type);
  const levelsOf = (type: PolicyType) => {
    const count = levels[type];
    if (count === undefined) return undefined;
    const all = of(type);
    return Array.from({ length: count }, (_, level) =>
      all.filter((one) => one.level === level).map(({ compiled }) => compiled),
    );
  };
  const limiting = {
    boundary: levelsOf('permissions boundary'),
    session: levelsOf('session policy'),
    serviceControl: levelsOf('service control policy'),
    resourceControl: levelsOf('resource control policy'),
  };
  const set = Object.entries(limiting).filter(([, value]) => value !== undefined);
  const resource = merged(of('resource-based policy'));
  return {
    identity: of('identity-based policy').map(({ compiled }) => compiled),
    ...(resource === undefined ? {} : { resource }),
    resourceMustAllow,
    ...Object.fromEntries(set),
  };
}

/** A resource has one policy; what a change would add to it stands behind. */
function merged(policies: readonly Applied[]): CompiledPolicy | undefined {
  const [first, ...more] = policies.map(({ compiled }) => compiled);
  if (first === undefined || more.length === 0) return first;
  const all = [first, ...more];
  return { ...first, allows: all.flatMap(({ allows }) => allows), denies: all.flatMap(({ denies }) => denies) };
}
