// The key pair that a material holds, parsed once for as long as the material is kept opened. OpenSSL has the only copy
// from then on, and overwrites it when the collector lets go of the key objects.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Material } from '../../material/materials.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const pairs = new WeakMap<Material, KeyPair>();

export function keyPairOf(material: Material): KeyPair {
  const known = pairs.get(material);
  if (known !== undefined) return known;
  const privateKey = createPrivateKey({ key: material.bytes, format: 'der', type: 'pkcs8' });
  const pair = { privateKey, publicKey: createPublicKey(privateKey) };
  material.bytes.fill(0);
  pairs.set(material, pair);
  return pair;
}
