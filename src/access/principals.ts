// Whom a statement's Principal means, and how: by itself, by its account, or as anybody.

import { parseArn } from '#core/arn.ts';
import type { Principal } from '#core/caller.ts';
import type { ParsedPrincipal, ParsedStatement } from './policy.ts';

/**
 * How a principal was matched. `account` only delegates to the account's own policies; `self` and `anyone` grant by
 * themselves; `role`, for a session's role or a federated session's user, grants but leaves boundary and session
 * policy in force.
 */
export type PrincipalMatch = 'account' | 'role' | 'anyone' | 'self';

/** The stronger a match, the less else limits what it grants. */
export const strengthOf: Readonly<Record<PrincipalMatch, number>> = { account: 0, role: 1, anyone: 2, self: 3 };

/** A principal with the names that policies may know it by; made once for a request. */
export interface NamedPrincipal {
  readonly principal: Principal;
  /** Unique id and ARN of the role that a session assumed, or of the user for whom a federated session acts. */
  readonly behindId: string | undefined;
  readonly behindArn: string | undefined;
  /** `<account>/<role name>` where the role's ARN is not known: role names are unique in an account. */
  readonly roleKey: string | undefined;
}

export function namePrincipal(principal: Principal): NamedPrincipal {
  const { kind, session, principalId } = principal;
  if (kind === 'federated-user') {
    return { principal, behindId: session?.user?.userId, behindArn: session?.user?.arn, roleKey: undefined };
  }
  if (kind !== 'assumed-role') return { principal, behindId: undefined, behindArn: undefined, roleKey: undefined };
  const colon = principalId.indexOf(':');
  const behindId = colon < 0 ? principalId : principalId.slice(0, colon);
  const behindArn = session?.role?.arn;
  const name = behindArn === undefined ? roleNameOf(principal) : undefined;
  return { principal, behindId, behindArn, roleKey: name && `${principal.accountId}/${name}` };
}

/** The role's name in `arn:aws:sts::<account>:assumed-role/<role>/<session>`; undefined for other principals. */
export function roleNameOf(principal: Principal): string | undefined {
  return principal.kind === 'assumed-role' ? principal.arn.split('/')[1] : undefined;
}

/** Undefined when the statement does not speak of the principal. */
export type PrincipalTest = (principal: NamedPrincipal) => PrincipalMatch | undefined;

/** Identity policies have no Principal: they speak of whom they are attached to. */
export function compilePrincipals(principals: ParsedStatement['principals']): PrincipalTest {
  if (principals === undefined) return () => 'self';
  const test = compileList(principals.list);
  if (!principals.not) return test;
  return (principal) => (test(principal) === undefined ? 'anyone' : undefined);
}

function compileList(list: readonly ParsedPrincipal[]): PrincipalTest {
  const aws = list.filter(({ type }) => type === 'AWS').map(({ value }) => value);
  const services = new Set(list.filter(({ type }) => type === 'Service').map(({ value }) => value));
  const providers = new Set(list.filter(({ type }) => type === 'Federated').map(({ value }) => value));
  const names = new Set(aws);
  const accounts = new Set(aws.flatMap((value) => accountIn(value) ?? []));
  const roles = new Set(aws.flatMap((value) => roleKeyIn(value) ?? []));
  return ({ principal, behindId, behindArn, roleKey }) => {
    if (principal.kind === 'service') return services.has(principal.arn) ? 'self' : anyoneIn(names);
    if (principal.kind === 'web-identity') return providers.has(principal.arn) ? 'self' : anyoneIn(names);
    if (names.has(principal.arn) || names.has(principal.principalId)) return 'self';
    const isAccountNamed = accounts.has(principal.accountId);
    if (isAccountNamed && principal.kind === 'root') return 'self';
    if (names.has('*')) return 'anyone';
    if (roleKey !== undefined && roles.has(roleKey)) return 'role';
    if (behindId !== undefined && names.has(behindId)) return 'role';
    if (behindArn !== undefined && names.has(behindArn)) return 'role';
    return isAccountNamed ? 'account' : undefined;
  };
}

function anyoneIn(names: ReadonlySet<string>): PrincipalMatch | undefined {
  return names.has('*') ? 'anyone' : undefined;
}

/** The account id in `123456789012` or `arn:aws:iam::123456789012:root`. */
function accountIn(value: string): string | undefined {
  const arn = parseArn(value);
  if (arn === undefined) return /^\d{12}$/.test(value) ? value : undefined;
  return arn.service === 'iam' && arn.resource === 'root' ? arn.accountId : undefined;
}

function roleKeyIn(value: string): string | undefined {
  const arn = parseArn(value);
  if (arn === undefined || arn.service !== 'iam' || !arn.resource.startsWith('role/')) return undefined;
  return `${arn.accountId}/${arn.resource.slice(arn.resource.lastIndexOf('/') + 1)}`;
}
