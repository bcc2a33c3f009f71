// A second evaluator, written from iam.md §2–3 alone and for clarity only: slow, recursive, uncompiled. Tests hold the
// real one against it.

import type { Principal } from '#core/caller.ts';
import { conditionHolds } from './naive-conditions.ts';
import { glob, resolve, type Values } from './naive-glob.ts';

type OneOrMany = string | readonly string[];

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, OneOrMany>>;
  readonly NotPrincipal?: '*' | Readonly<Record<string, OneOrMany>>;
  readonly Action?: OneOrMany;
  readonly NotAction?: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
  readonly Condition?: Readonly<Record<string, Values>>;
}

export interface Document {
  readonly Version?: string;
  readonly Statement: readonly Statement[];
}

/** Of each level some document must allow. */
export type Levels = ReadonlyArray<readonly Document[]>;

export interface Documents {
  readonly identity: readonly Document[];
  readonly resource?: Document;
  /** A trust or key policy: it must allow even within its account. */
  readonly resourceMustAllow?: boolean;
  readonly boundary?: Levels;
  readonly session?: Levels;
  readonly scope?: Levels;
  readonly endpoint?: Levels;
  readonly serviceControl?: Levels;
  readonly resourceControl?: Levels;
}

export interface NaiveRequest {
  readonly action: string;
  readonly resource: string;
  readonly principal: Principal;
  readonly resourceAccountId: string;
  /** Keys in lower case. */
  readonly values: Values;
}

export function list(value: OneOrMany): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** Whether the request is allowed; nothing else is answered. */
export function naivelyAllowed(request: NaiveRequest, documents: Documents): boolean {
  const { identity, resource, boundary, session, scope, endpoint, serviceControl, resourceControl } = documents;
  const resources = resource === undefined ? [] : [resource];
  const limiting = [boundary, session, scope, endpoint, serviceControl, resourceControl];
  const everything = [identity, resources, ...limiting.flatMap((levels) => levels ?? [])].flat();
  if (everything.some((document) => names(request, document, 'Deny').length > 0)) return false;

  const allows = (level: readonly Document[]) => level.some((one) => names(request, one, 'Allow').length > 0);
  const allAllow = (levels: Levels | undefined) => levels === undefined || levels.every(allows);
  if (!allAllow(resourceControl) || !allAllow(serviceControl) || !allAllow(endpoint) || !allAllow(scope)) return false;

  const { principal } = request;
  const { kind } = principal;
  // A federated user without a session policy gets nothing from it, as if it were an empty one.
  const ofSession = kind === 'federated-user' && session === undefined ? [[]] : session;
  const withinLimits = allAllow(boundary) && allAllow(ofSession);
  const ownSide = kind === 'root' ? allAllow(ofSession) : allows(identity) && withinLimits;
  const named = resources.flatMap((document) => names(request, document, 'Allow'));
  if (kind === 'service' || kind === 'web-identity') return named.length > 0;
  if (principal.accountId !== request.resourceAccountId) return ownSide && named.length > 0;
  if (named.some((how) => how === 'itself' || how === 'anybody')) return true;
  if (named.includes('who is behind it') && withinLimits) return true;
  if (documents.resourceMustAllow === true && named.length === 0) return false;
  return ownSide;
}

type How = 'itself' | 'anybody' | 'who is behind it' | 'its account';

/** How the statements of this effect that apply name the principal: one entry a statement. */
function names(request: NaiveRequest, document: Document, effect: 'Allow' | 'Deny'): readonly How[] {
  const withVariables = document.Version === '2012-10-17';
  return document.Statement.flatMap((statement) => {
    if (statement.Effect !== effect || !actionApplies(statement, request)) return [];
    if (!resourceApplies(statement, request, withVariables)) return [];
    const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, wanted]) => ({ operator, key, wanted: list(wanted) })),
    );
    const { values } = request;
    if (!conditions.every((one) => conditionHolds(one, { values, effect, withVariables }))) return [];
    return howNamed(statement, request.principal) ?? [];
  });
}

function actionApplies({ Action, NotAction }: Statement, { action }: NaiveRequest): boolean {
  const isIn = (patterns: OneOrMany) => list(patterns).some((one) => glob(one.toLowerCase(), action.toLowerCase()));
  return Action === undefined ? !isIn(NotAction ?? []) : isIn(Action);
}

function resourceApplies(statement: Statement, { resource, values }: NaiveRequest, withVariables: boolean): boolean {
  const { Resource, NotResource } = statement;
  if (Resource === undefined && NotResource === undefined) return true;
  const fits = (one: string): boolean | 'unresolved' => {
    const pattern = withVariables ? resolve(one, values) : one;
    return pattern === undefined ? 'unresolved' : glob(pattern, resource);
  };
  if (Resource !== undefined) return list(Resource).some((one) => fits(one) === true);
  return list(NotResource ?? []).every((one) => fits(one) === false);
}

function howNamed({ Principal, NotPrincipal }: Statement, principal: Principal): How | undefined {
  if (Principal === undefined && NotPrincipal === undefined) return 'itself';
  const element = Principal ?? NotPrincipal ?? {};
  const hows = element === '*' ? ['anybody' as const] : howsOf(element, principal);
  if (Principal === undefined) return hows.length === 0 ? 'anybody' : undefined;
  return (['itself', 'anybody', 'who is behind it', 'its account'] as const).find((how) => hows.includes(how));
}

function howsOf(element: Readonly<Record<string, OneOrMany>>, principal: Principal): readonly How[] {
  const { accountId, arn, principalId, kind } = principal;
  const hows: How[] = [];
  if (kind === 'service' && list(element['Service'] ?? []).includes(arn)) hows.push('itself');
  if (kind === 'web-identity' && list(element['Federated'] ?? []).includes(arn)) hows.push('itself');
  for (const name of list(element['AWS'] ?? [])) {
    if (name === '*') hows.push('anybody');
    if (kind === 'service' || kind === 'web-identity') continue;
    if (name === arn || name === principalId) hows.push('itself');
    if (name === accountId || name === `arn:aws:iam::${accountId}:root`) {
      hows.push(kind === 'root' ? 'itself' : 'its account');
    }
    if (isBehind(name, principal)) hows.push('who is behind it');
  }
  return hows;
}

/** The role that a session assumed, or the user for whom a federated user acts. */
function isBehind(name: string, { kind, accountId, arn, principalId, session }: Principal): boolean {
  if (kind === 'federated-user') return name === session?.user?.arn || name === session?.user?.userId;
  if (kind !== 'assumed-role') return false;
  if (name === principalId.split(':')[0]) return true;
  if (session?.role !== undefined) return name === session.role.arn;
  return name.startsWith(`arn:aws:iam::${accountId}:role/`) && name.endsWith(`/${arn.split('/').at(-2)}`);
}
