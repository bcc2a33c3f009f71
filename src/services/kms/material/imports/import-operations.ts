// GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.

import type * as Kms from '@aws-sdk/client-kms';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { InputOf } from '#wire/sdk.ts';
import type { KmsKey } from '../../keys/key.ts';
import { onKey } from '../../keys/key-operation.ts';
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
    requireFitting(input, key);
    const KeyMaterialId = await imports.bringIn(key, {
      token: input.ImportToken,
      encrypted: input.EncryptedKeyMaterial,
      validToMs: validToMs(input, clock.nowMs()),
      type: input.ImportType,
      materialId: input.KeyMaterialId,
      description: input.KeyMaterialDescription,
    });
    return { KeyId: key.arn, KeyMaterialId };
  },
});

const deleteImportedKeyMaterial = onKey('DeleteImportedKeyMaterial', {
  kind: 'write',
  errors: ['kms-key-state-invalid', 'kms-unsupported'],
  async handle({ KeyMaterialId: named }, key, { imports }) {
    requireExternal(key);
    const KeyMaterialId = await imports.remove(key, named);
    return { KeyId: key.arn, ...(KeyMaterialId !== undefined && { KeyMaterialId }) };
  },
});

/** Throws kms-unsupported. */
function requireExternal({ arn, origin }: KmsKey): void {
  if (origin === 'EXTERNAL') return;
  throw new DomainError('kms-unsupported', `${arn} origin is ${origin} which is not valid for this operation.`, {});
}

/** Only symmetric keys have several materials. Throws kms-unsupported, and validation-failed for new with an id. */
function requireFitting({ ImportType, KeyMaterialId, KeyMaterialDescription }: Input, { arn, spec }: KmsKey): void {
  const isOfSeveral = (ImportType ?? KeyMaterialId ?? KeyMaterialDescription) !== undefined;
  if (isOfSeveral && spec !== 'SYMMETRIC_DEFAULT') {
    const what = 'ImportType, KeyMaterialId and KeyMaterialDescription';
    throw new DomainError('kms-unsupported', `${what} are not valid for ${arn} with key spec ${spec}.`, {});
  }
  if (ImportType !== 'NEW_KEY_MATERIAL' || KeyMaterialId === undefined) return;
  throw new DomainError('validation-failed', 'KeyMaterialId is not valid with ImportType NEW_KEY_MATERIAL.', {});
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
