// GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.

import type * as Kms from '@aws-sdk/client-kms';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { InputOf } from '#wire/sdk.ts';
import type { KmsKey } from '../../keys/key.ts';
import { onKey } from '../../keys/key-operation.ts';
import { incorrectMaterial } from './imported-material.ts';
import { requireWrapping } from './unwrap.ts';

type Input = InputOf<typeof Kms, 'ImportKeyMaterial'>;

const expires = 'KEY_MATERIAL_EXPIRES';

const getParametersForImport = onKey('GetParametersForImport', {
  kind: 'read',
  errors: ['kms-key-state-invalid', 'kms-unsupported'],
  context: ({ WrappingAlgorithm, WrappingKeySpec }) => ({
    'kms:WrappingAlgorithm': WrappingAlgorithm,
    'kms:WrappingKeySpec': WrappingKeySpec,
  }),
  async handle({ WrappingAlgorithm, WrappingKeySpec }, key, { imports }) {
    requireExternal(key);
    requireWrapping(WrappingAlgorithm);
    if (WrappingKeySpec === 'SM2') {
      throw new DomainError('kms-unsupported', 'WrappingKeySpec SM2 is not served by Sallyport.', {});
    }
    const { token, publicKey, validToMs } = await imports.parametersFor(key, WrappingAlgorithm, WrappingKeySpec);
    return { KeyId: key.arn, ImportToken: token, PublicKey: publicKey, ParametersValidTo: new Date(validToMs) };
  },
});

const importKeyMaterial = onKey('ImportKeyMaterial', {
  kind: 'write',
  errors: [
    'kms-ciphertext-invalid',
    'kms-import-token-expired',
    'kms-import-token-invalid',
    'kms-key-material-incorrect',
    'kms-key-state-invalid',
    'kms-unsupported',
    'validation-failed',
  ],
  context: ({ ExpirationModel = expires, ValidTo }) => ({
    'kms:ExpirationModel': ExpirationModel,
    ...(ValidTo && { 'kms:ValidTo': ValidTo.toISOString() }),
  }),
  async handle(input, key, { imports, clock }) {
    requireExternal(key);
    requireOneMaterial(input);
    const KeyMaterialId = await imports.bringIn(key, {
      token: input.ImportToken,
      encrypted: input.EncryptedKeyMaterial,
      validToMs: validToMs(input, clock.nowMs()),
      materialId: input.KeyMaterialId,
    });
    return { KeyId: key.arn, KeyMaterialId };
  },
});

const deleteImportedKeyMaterial = onKey('DeleteImportedKeyMaterial', {
  kind: 'write',
  errors: ['kms-key-material-incorrect', 'kms-key-state-invalid', 'kms-unsupported'],
  async handle({ KeyMaterialId: named }, key, { imports }) {
    requireExternal(key);
    if (named !== undefined && named !== key.materialId) throw incorrectMaterial();
    const KeyMaterialId = await imports.remove(key);
    return { KeyId: key.arn, ...(KeyMaterialId !== undefined && { KeyMaterialId }) };
  },
});

/** Throws kms-unsupported. */
function requireExternal({ arn, origin }: KmsKey): void {
  if (origin === 'EXTERNAL') return;
  throw new DomainError('kms-unsupported', `${arn} origin is ${origin} which is not valid for this operation.`, {});
}

/** A key has the one material that was imported first. Throws kms-unsupported. */
function requireOneMaterial({ ImportType, KeyMaterialDescription }: Input): void {
  const isMore = ImportType === 'NEW_KEY_MATERIAL' || KeyMaterialDescription !== undefined;
  if (!isMore) return;
  const message = 'Several materials of one imported key, and their descriptions, are not served by Sallyport.';
  throw new DomainError('kms-unsupported', message, {});
}

/** Null for material without an end. Throws validation-failed. */
function validToMs({ ExpirationModel = expires, ValidTo }: Input, nowMs: number): number | null {
  if (ExpirationModel !== expires) {
    if (ValidTo === undefined) return null;
    throw new DomainError('validation-failed', `ValidTo is not valid with ExpirationModel ${ExpirationModel}.`, {});
  }
  const atMs = ValidTo?.getTime();
  if (atMs !== undefined && atMs > nowMs && atMs <= nowMs + limits.importedMaterialLifeMsMax) return atMs;
  const message = `ValidTo must be within 365 days from now when ExpirationModel is ${expires}.`;
  throw new DomainError('validation-failed', message, {});
}

export const importOperations = {
  GetParametersForImport: getParametersForImport,
  ImportKeyMaterial: importKeyMaterial,
  DeleteImportedKeyMaterial: deleteImportedKeyMaterial,
};
