// An HSM that is a folder, in the place of pkcs11js and a vendor's library: it counts logins, and hangs if told.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HsmSettings } from '../providers/pkcs11.ts';

const label = 'sallyport';

export interface StandInHsm {
  /** What the provider is configured with. */
  readonly settings: HsmSettings;
  /** The PINs that were tried, oldest first. */
  tried(): readonly string[];
  /** What stands in the file that the provider reads. */
  writePin(pin: string): Promise<void>;
  /** Calls do not come back from now on. */
  hang(): Promise<void>;
  /** How many calls hang or have hung. */
  hanging(): number;
  recover(): Promise<void>;
  /** CKF_… of its token: what the vendor says of wrong PINs. */
  setFlags(flags: number): Promise<void>;
}

export async function makeStandInHsm(folder: string, pin: string): Promise<StandInHsm> {
  await mkdir(folder, { recursive: true });
  const pinFile = join(folder, 'pin-file');
  const writePin = (text: string) => writeFile(pinFile, `${text}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'pin'), pin);
  await writePin(pin);
  const linesOf = (name: string) => textOf(folder, name).split('\n').slice(0, -1);
  return {
    settings: { module: folder, token: label, key: 'root', pinFile, binding: fileURLToPath(import.meta.url) },
    tried: () => linesOf('tried'),
    writePin,
    hang: () => writeFile(join(folder, 'hang'), ''),
    hanging: () => linesOf('hanging').length,
    recover: () => rm(join(folder, 'hang'), { force: true }),
    setFlags: (flags) => writeFile(join(folder, 'flags'), String(flags)),
  };
}

function textOf(folder: string, name: string): string {
  return existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
}

interface GcmMechanism {
  readonly parameter: { readonly iv: Buffer; readonly aad: Buffer };
}

const tagBytes = 16;

/** The part of pkcs11js that the helper uses. */
export class PKCS11 {
  #folder = '';
  #mechanism: GcmMechanism['parameter'] | undefined;

  load(folder: string): void {
    this.#folder = folder;
  }
  C_Initialize(): void {
    if (!existsSync(join(this.#folder, 'hang'))) return;
    appendFileSync(join(this.#folder, 'hanging'), 'a call\n');
    // As in a driver: no signal handler runs, and nothing wakes it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  C_Finalize(): void {}
  C_GetSlotList(): readonly Buffer[] {
    return [Buffer.alloc(8)];
  }
  C_GetTokenInfo(): { readonly label: string; readonly flags: number } {
    return { label: label.padEnd(32), flags: Number(textOf(this.#folder, 'flags')) };
  }
  C_OpenSession(): Buffer {
    return Buffer.alloc(8);
  }
  C_Login(_session: Buffer, _user: number, pin: string): void {
    appendFileSync(join(this.#folder, 'tried'), `${pin}\n`);
    if (pin !== textOf(this.#folder, 'pin')) throw new Error('CKR_PIN_INCORRECT:160');
  }
  C_FindObjectsInit(): void {}
  C_FindObjects(): readonly Buffer[] {
    const key = textOf(this.#folder, 'key');
    return key === '' ? [] : [Buffer.from(key, 'hex')];
  }
  C_FindObjectsFinal(): void {}
  C_GenerateKey(): Buffer {
    const key = randomBytes(32);
    writeFileSync(join(this.#folder, 'key'), key.toString('hex'));
    return key;
  }
  C_EncryptInit(_session: Buffer, { parameter }: GcmMechanism): void {
    this.#mechanism = parameter;
  }
  C_Encrypt(_session: Buffer, data: Buffer): Buffer {
    const { iv, aad } = this.#parameters();
    const cipher = createCipheriv('aes-256-gcm', this.#key(), iv, { authTagLength: tagBytes }).setAAD(aad);
    return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
  }
  C_DecryptInit(_session: Buffer, { parameter }: GcmMechanism): void {
    this.#mechanism = parameter;
  }
  C_Decrypt(_session: Buffer, data: Buffer): Buffer {
    const { iv, aad } = this.#parameters();
    const decipher = createDecipheriv('aes-256-gcm', this.#key(), iv, { authTagLength: tagBytes }).setAAD(aad);
    decipher.setAuthTag(data.subarray(-tagBytes));
    return Buffer.concat([decipher.update(data.subarray(0, -tagBytes)), decipher.final()]);
  }
  #key(): Buffer {
    return Buffer.from(textOf(this.#folder, 'key'), 'hex');
  }
  #parameters(): GcmMechanism['parameter'] {
    if (this.#mechanism === undefined) throw new Error('CKR_OPERATION_NOT_INITIALIZED');
    return this.#mechanism;
  }
}
