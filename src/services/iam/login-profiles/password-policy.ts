// What an account demands of its users' passwords, and the first demand that a password misses.

import { DomainError } from '#core/errors.ts';

export interface PasswordPolicy {
  readonly MinimumPasswordLength: number;
  readonly RequireSymbols: boolean;
  readonly RequireNumbers: boolean;
  readonly RequireUppercaseCharacters: boolean;
  readonly RequireLowercaseCharacters: boolean;
  readonly AllowUsersToChangePassword: boolean;
  /** Days; passwords do not expire when left out. */
  readonly MaxPasswordAge?: number | undefined;
  /** So many passwords before may not be used again. */
  readonly PasswordReusePrevention?: number | undefined;
  /** An expired password can be replaced only by an administrator. */
  readonly HardExpiry?: boolean | undefined;
}

/** UpdateAccountPasswordPolicy's defaults: what it is not told goes back to these. */
export const plainPolicy: PasswordPolicy = {
  MinimumPasswordLength: 6,
  RequireSymbols: false,
  RequireNumbers: false,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: false,
  AllowUsersToChangePassword: false,
};

/** AWS's default for an account without a policy of its own: eight characters. */
export const defaultPolicy: PasswordPolicy = { ...plainPolicy, MinimumPasswordLength: 8 };

const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[!@#$%^&*()_+\-=[\]{}|']/] as const;

/** Throws password-policy-violation. `names` are the user's name and the account's. */
export function requireConforming(
  password: string,
  policy: PasswordPolicy | undefined,
  names: readonly string[],
): void {
  const { MinimumPasswordLength: length, ...demands } = policy ?? defaultPolicy;
  if (Array.from(password).length < length) throw violation(`Password should have a minimum length of ${length}`);
  if (names.includes(password)) throw violation('Password should not be equal to your user name or account');
  const [lower, upper, digit, symbol] = kinds.map((kind) => kind.test(password));
  if (policy === undefined && [lower, upper, digit, symbol].filter(Boolean).length < 3) {
    throw violation('Password should have at least three of: uppercase, lowercase, number, symbol');
  }
  if (demands.RequireUppercaseCharacters && !upper) throw violation(needs('uppercase letter'));
  if (demands.RequireLowercaseCharacters && !lower) throw violation(needs('lowercase letter'));
  if (demands.RequireNumbers && !digit) throw violation(needs('number'));
  if (demands.RequireSymbols && !symbol) throw violation(needs('symbol'));
}

function needs(what: string): string {
  return `Password should have at least one ${what}`;
}

export function violation(message: string): DomainError {
  return new DomainError('password-policy-violation', message, {});
}

/** When a password that was set then expires; undefined when it does not. */
export function expiresAtMs(policy: PasswordPolicy | undefined, changedAtMs: number): number | undefined {
  const days = policy?.MaxPasswordAge;
  return days === undefined ? undefined : changedAtMs + days * 24 * 3600 * 1000;
}
