// Asked by services/sts, answered by services/iam: the OIDC providers that an account takes tokens from.

import type { AccountId } from '../account.ts';
import type { MaybePromise } from '../operation.ts';

export interface IdentityProvider {
  /** `arn:aws:iam::<account>:oidc-provider/<issuer without scheme>` */
  readonly arn: string;
  /** The `iss` of its tokens, to the letter: `https://token.actions.githubusercontent.com`. */
  readonly issuer: string;
  /** Audiences of tokens that are meant for this account. */
  readonly clientIds: readonly string[];
  /** SHA-1 of certificates that vouch for its server where no trusted authority does: 40 lower-case hex digits. */
  readonly thumbprints: readonly string[];
}

export interface IdentityProviders {
  /** Undefined when the account has none of this issuer. */
  findProvider(accountId: AccountId, issuer: string): MaybePromise<IdentityProvider | undefined>;
}
