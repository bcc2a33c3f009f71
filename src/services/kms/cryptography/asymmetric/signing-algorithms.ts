// The signing algorithms of KMS: what each hashes with, and how it signs.

export interface HashingAlgorithm {
  readonly scheme: 'pkcs1' | 'pss' | 'ecdsa';
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  /** Of what the hash makes; a DIGEST has exactly as many. */
  readonly digestBytes: number;
}

/** Signs messages as they are: what is hashed, and how often, is the scheme's own business. */
export interface PureAlgorithm {
  readonly scheme: 'ed25519' | 'ml-dsa';
}

export type SigningAlgorithm = HashingAlgorithm | PureAlgorithm;

const sha256 = { hash: 'sha256', digestBytes: 32 } as const;
const sha384 = { hash: 'sha384', digestBytes: 48 } as const;
const sha512 = { hash: 'sha512', digestBytes: 64 } as const;

const algorithms: Readonly<Record<string, SigningAlgorithm>> = {
  RSASSA_PSS_SHA_256: { scheme: 'pss', ...sha256 },
  RSASSA_PSS_SHA_384: { scheme: 'pss', ...sha384 },
  RSASSA_PSS_SHA_512: { scheme: 'pss', ...sha512 },
  RSASSA_PKCS1_V1_5_SHA_256: { scheme: 'pkcs1', ...sha256 },
  RSASSA_PKCS1_V1_5_SHA_384: { scheme: 'pkcs1', ...sha384 },
  RSASSA_PKCS1_V1_5_SHA_512: { scheme: 'pkcs1', ...sha512 },
  ECDSA_SHA_256: { scheme: 'ecdsa', ...sha256 },
  ECDSA_SHA_384: { scheme: 'ecdsa', ...sha384 },
  ECDSA_SHA_512: { scheme: 'ecdsa', ...sha512 },
  ED25519_SHA_512: { scheme: 'ed25519' },
  ML_DSA_SHAKE_256: { scheme: 'ml-dsa' },
};

/** Of a name that the key's spec lists: any other is a fault of ours. */
export function signingAlgorithm(name: string): SigningAlgorithm {
  const algorithm = algorithms[name];
  if (algorithm === undefined) throw new Error(`there is no signing algorithm ${name}`);
  return algorithm;
}
