// Asked by services/sts, answered by services/iam: whether a caller's one-time code is right.

import type { Principal } from '../caller.ts';
import type { MaybePromise } from '../operation.ts';

export interface MfaCode {
  /** Whose device it has to be. */
  readonly principal: Principal;
  /** ARN of a virtual device. */
  readonly serialNumber: string;
  readonly tokenCode: string;
}

export type MfaVerdict = 'right' | 'wrong-code' | 'no-such-device';

export interface MfaCheck {
  /** Looks, and counts failures; does not use the code up. */
  check(code: MfaCode): MaybePromise<MfaVerdict>;
  /** Uses the code up: of several calls at once with the same right code one gets `right`. */
  use(code: MfaCode): MaybePromise<MfaVerdict>;
}
