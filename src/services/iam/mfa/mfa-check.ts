// What IAM answers to STS: whether a caller's one-time code is right.

import type { MfaCheck, MfaCode, MfaVerdict } from '#core/ports/mfa-check.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables, IamTransaction } from '../tables.ts';
import { skewSteps, tryCodes, useUp, withSeed } from './codes.ts';
import { findDevice } from './tables.ts';

export function openMfaCheck(store: IamStore): MfaCheck {
  const attempt = async (
    { principal: { kind, principalId: userId }, serialNumber: serial, tokenCode }: MfaCode,
    onRight: (transaction: IamTransaction, step: number) => Promise<void>,
  ): Promise<MfaVerdict> => {
    const row = await findDevice(store.database.tables<IamTables>(), serial);
    if (kind !== 'user' || row === undefined || row.user_id !== userId) return 'no-such-device';
    const codes = [tokenCode];
    const isRight = await withSeed(store, row, (seed) =>
      tryCodes(store, { serial, userId, seed, codes, steps: skewSteps }, onRight),
    );
    return isRight ? 'right' : 'wrong-code';
  };
  return {
    check: (code) => attempt(code, async () => {}),
    use: (code) => attempt(code, (transaction, step) => useUp(transaction, code.serialNumber, step)),
  };
}
