// The policy documents that apply to one request, by type, and what evaluation makes of them.

import type { PolicyDocument } from '#core/ports/policy-source.ts';
import { type CompiledPolicy, compilePolicy } from '../compile.ts';
import type { PolicyType } from '../decision.ts';
import { allLimits, type PolicySet } from '../evaluate.ts';
import type { AppliedDocuments, PlacedDocument } from '../inputs.ts';
import { PolicySyntaxError, parsePolicy } from '../parse.ts';
import type { ParsedPolicy } from '../policy.ts';

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
  /** How many of the session's levels, the last ones, are the scope of a registry token. */
  readonly scopeLevels: number;
  readonly resourceMustAllow: boolean;
}

/** Parses and compiles all of them; never throws. */
export function appliedSet(documents: AppliedDocuments): AppliedSet {
  const policies: Applied[] = [];
  const levels: Partial<Record<PolicyType, number>> = {};
  const add = (type: PolicyType, list: readonly PlacedDocument[], level: number) => {
    for (const document of list) policies.push(applied(document, type, level));
  };
  add('identity-based policy', documents.identity, 0);
  if (documents.resource !== undefined) add('resource-based policy', [documents.resource], 0);
  // The scope of a token stands behind the session policies.
  for (const [member, type] of [...allLimits].toReversed()) {
    for (const list of documents.limits[member] ?? []) {
      const level = levels[type] ?? 0;
      levels[type] = level + 1;
      add(type, list, level);
    }
  }
  const { resourceMustAllow, limits } = documents;
  return { policies, levels, scopeLevels: limits.scope?.length ?? 0, resourceMustAllow };
}

/** A flood of denials stands on few policies: each document object is read once, and is of one kind. */
const readDocuments = new WeakMap<PolicyDocument, Omit<Applied, 'type' | 'level'>>();

function applied(placed: PlacedDocument, type: PolicyType, level: number): Applied {
  const known = readDocuments.get(placed.document) ?? readDocument(placed);
  readDocuments.set(placed.document, known);
  return { type, level, ...known };
}

function readDocument({ document, kind }: PlacedDocument): Omit<Applied, 'type' | 'level'> {
  const { name, text } = document;
  try {
    const parsed = parsePolicy(text, kind);
    return { name, parsed, compiled: compilePolicy(parsed, name) };
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    const reads = { keys: [], turns: [], always: false };
    const compiled = { name, allows: [], denies: [], reads };
    return { name, parsed: undefined, compiled, problem: error.message };
  }
}

/** The same as evaluation takes it. */
export function policySetOf({ policies, levels, scopeLevels, resourceMustAllow }: AppliedSet): PolicySet {
  const of = (type: PolicyType) => policies.filter((one) => one.type === type);
  const levelsOf = (type: PolicyType) => {
    const count = levels[type];
    if (count === undefined) return undefined;
    const all = of(type);
    return Array.from({ length: count }, (_, level) =>
      all.filter((one) => one.level === level).map(({ compiled }) => compiled),
    );
  };
  const ofSession = levelsOf('session policy') ?? [];
  const own = ofSession.slice(0, ofSession.length - scopeLevels);
  const limiting = {
    boundary: levelsOf('permissions boundary'),
    session: own.length === 0 ? undefined : own,
    scope: scopeLevels === 0 ? undefined : ofSession.slice(own.length),
    endpoint: levelsOf('VPC endpoint policy'),
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
