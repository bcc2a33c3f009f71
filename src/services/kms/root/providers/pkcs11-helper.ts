// A process of its own for one call to an HSM: its library may hang or crash, and what it logs in to ends with it.

import { createRequire } from 'node:module';

export interface HsmRequest {
  /** The npm package that speaks to the library: its name, or where it lies. */
  readonly binding: string;
  /** The HSM's own library. */
  readonly module: string;
  readonly token: string;
  /** The label of an AES key that never leaves the HSM; made when it is missing and something is to be wrapped. */
  readonly key: string;
  readonly pin: string;
  readonly operation: 'wrap' | 'unwrap';
  readonly nonce: Uint8Array;
  readonly context: Uint8Array;
  readonly data: Uint8Array;
}

export type HsmAnswer =
  | { readonly data: Uint8Array }
  /** One sentence; `isPin` when the PIN was refused, which must not be tried again. */
  | { readonly failed: string; readonly isPin: boolean };

type Session = Buffer;
type Attribute = { readonly type: number; readonly value?: unknown };

/** The part of pkcs11js that is used here; the package is not among the dependencies. */
interface Pkcs11 {
  load(path: string): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(withToken: boolean): readonly Buffer[];
  C_GetTokenInfo(slot: Buffer): { readonly label: string; readonly flags: number };
  C_OpenSession(slot: Buffer, flags: number): Session;
  C_Login(session: Session, user: number, pin: string): void;
  C_FindObjectsInit(session: Session, template: readonly Attribute[]): void;
  C_FindObjects(session: Session, count: number): readonly Buffer[];
  C_FindObjectsFinal(session: Session): void;
  C_GenerateKey(session: Session, mechanism: object, template: readonly Attribute[]): Buffer;
  C_EncryptInit(session: Session, mechanism: object, key: Buffer): void;
  C_Encrypt(session: Session, data: Buffer, output: Buffer): Buffer;
  C_DecryptInit(session: Session, mechanism: object, key: Buffer): void;
  C_Decrypt(session: Session, data: Buffer, output: Buffer): Buffer;
}

type Binding = { readonly PKCS11: new () => Pkcs11 } & Readonly<Record<string, number>>;

const pinRefusals = /CKR_PIN_(INCORRECT|LOCKED|EXPIRED|INVALID|LEN_RANGE)/;
const tagBytes = 16;

process.once('message', (request: HsmRequest) => {
  process.send?.(answerTo(request), () => process.disconnect?.());
});

function answerTo(request: HsmRequest): HsmAnswer {
  let binding: Binding;
  try {
    binding = createRequire(import.meta.url)(request.binding) as Binding;
  } catch {
    const failed = `the package ${request.binding} cannot be loaded: install pkcs11js, or name where it lies`;
    return { failed, isPin: false };
  }
  try {
    return { data: callHsm(binding, request) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { failed: text.split('\n')[0] ?? text, isPin: pinRefusals.test(text) };
  }
}

function callHsm(binding: Binding, request: HsmRequest): Buffer {
  const { CKF_SERIAL_SESSION = 4, CKF_RW_SESSION = 2, CKU_USER = 1 } = binding;
  const hsm = new binding.PKCS11();
  hsm.load(request.module);
  hsm.C_Initialize();
  try {
    const slot = hsm.C_GetSlotList(true).find((one) => hsm.C_GetTokenInfo(one).label.trim() === request.token);
    if (slot === undefined) throw new Error(`there is no token ${request.token}`);
    spareLastTry(binding, hsm.C_GetTokenInfo(slot).flags);
    const session = hsm.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION);
    hsm.C_Login(session, CKU_USER, request.pin);
    const key = findKey(binding, hsm, session, request) ?? makeKey(binding, hsm, session, request);
    return crypt(binding, hsm, session, key, request);
  } finally {
    hsm.C_Finalize();
  }
}

/** Whoever has tried wrong PINs, here or elsewhere: this program is not the one to lock the token. */
function spareLastTry({ CKF_USER_PIN_FINAL_TRY = 0x2_0000, CKF_USER_PIN_LOCKED = 0x4_0000 }: Binding, flags: number) {
  if ((flags & CKF_USER_PIN_LOCKED) !== 0) throw new Error('its PIN is locked');
  if ((flags & CKF_USER_PIN_FINAL_TRY) === 0) return;
  throw new Error('one wrong PIN more would lock the token: log in to it once by its own tool');
}

function findKey(
  { CKA_CLASS = 0, CKA_LABEL = 3, CKO_SECRET_KEY = 4 }: Binding,
  hsm: Pkcs11,
  session: Session,
  request: HsmRequest,
) {
  const template = [
    { type: CKA_CLASS, value: CKO_SECRET_KEY },
    { type: CKA_LABEL, value: request.key },
  ];
  hsm.C_FindObjectsInit(session, template);
  const found = hsm.C_FindObjects(session, 2);
  hsm.C_FindObjectsFinal(session);
  if (found.length > 1) throw new Error(`there are several keys ${request.key}`);
  return found[0];
}

function makeKey(binding: Binding, hsm: Pkcs11, session: Session, { key, operation }: HsmRequest): Buffer {
  if (operation === 'unwrap') throw new Error(`there is no key ${key}`);
  const { CKM_AES_KEY_GEN = 0x1080, CKA_CLASS = 0, CKO_SECRET_KEY = 4, CKA_LABEL = 3, CKA_VALUE_LEN = 0x161 } = binding;
  const { CKA_KEY_TYPE = 0x100, CKK_AES = 0x1f, CKA_TOKEN = 1, CKA_PRIVATE = 2, CKA_SENSITIVE = 0x103 } = binding;
  const { CKA_EXTRACTABLE = 0x162, CKA_ENCRYPT = 0x104, CKA_DECRYPT = 0x105 } = binding;
  const template = [
    { type: CKA_CLASS, value: CKO_SECRET_KEY },
    { type: CKA_KEY_TYPE, value: CKK_AES },
    { type: CKA_VALUE_LEN, value: 32 },
    { type: CKA_LABEL, value: key },
    ...[CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_ENCRYPT, CKA_DECRYPT].map((type) => ({ type, value: true })),
    { type: CKA_EXTRACTABLE, value: false },
  ];
  return hsm.C_GenerateKey(session, { mechanism: CKM_AES_KEY_GEN, parameter: null }, template);
}

function crypt(binding: Binding, hsm: Pkcs11, session: Session, key: Buffer, request: HsmRequest): Buffer {
  const { CKM_AES_GCM = 0x1087, CK_PARAMS_AES_GCM = 1 } = binding;
  const { operation } = request;
  const [iv, aad, data] = [request.nonce, request.context, request.data].map((bytes) => Buffer.from(bytes));
  if (data === undefined) throw new Error('there is nothing to do');
  const parameter = { type: CK_PARAMS_AES_GCM, iv, aad, ivBits: 96, tagBits: tagBytes * 8 };
  const mechanism = { mechanism: CKM_AES_GCM, parameter };
  if (operation === 'wrap') {
    hsm.C_EncryptInit(session, mechanism, key);
    return hsm.C_Encrypt(session, data, Buffer.alloc(data.length + tagBytes));
  }
  hsm.C_DecryptInit(session, mechanism, key);
  return hsm.C_Decrypt(session, data, Buffer.alloc(data.length));
}
