// The one-time code that GetSessionToken and AssumeRole may carry: looked at before permissions, used up after them.

import type { Caller } from '#core/caller.ts';
import type { NeedContext } from '#core/need.ts';
import type { MfaVerdict } from '#core/ports/mfa-check.ts';
import { denied } from './refusals.ts';
import type { StsRooms } from './rooms.ts';

export interface MfaInput {
  readonly SerialNumber?: string;
  readonly TokenCode?: string;
}

export function hasCode({ SerialNumber, TokenCode }: MfaInput): boolean {
  return SerialNumber !== undefined || TokenCode !== undefined;
}

/** What policies see of a code: `requireCode` refuses the call before they are asked if it is not right. */
export function mfaContext(input: MfaInput): NeedContext {
  return hasCode(input) ? { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' } : {};
}

/** Passes without a code. Throws access-denied for one that is not right. */
export async function requireCode(action: string, input: MfaInput, caller: Caller, rooms: StsRooms): Promise<void> {
  if (hasCode(input)) requireRight(action, await rooms.mfa.check(codeOf(action, input, caller)));
}

/** The same, and nobody can use this code again. */
export async function useCode(action: string, input: MfaInput, caller: Caller, rooms: StsRooms): Promise<void> {
  if (hasCode(input)) requireRight(action, await rooms.mfa.use(codeOf(action, input, caller)));
}

function codeOf(action: string, { SerialNumber, TokenCode }: MfaInput, { principal }: Caller) {
  if (SerialNumber !== undefined && TokenCode !== undefined) {
    return { principal, serialNumber: SerialNumber, tokenCode: TokenCode };
  }
  const message = 'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.';
  throw denied(action, '*', message);
}

/** The blanks are AWS's: clients compare these texts. */
const texts: Readonly<Record<Exclude<MfaVerdict, 'right'>, string>> = {
  'wrong-code': 'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
  'no-such-device':
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid ' +
    'and associated with this user.',
};

function requireRight(action: string, verdict: MfaVerdict): void {
  if (verdict !== 'right') throw denied(action, '*', texts[verdict]);
}
