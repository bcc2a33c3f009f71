// Content digests: `algorithm:hex` as OCI spells them. sha256 and sha512 are the algorithms served.

declare const digestBrand: unique symbol;

/** A well-formed lower-case digest of a supported algorithm. Made only by `parseDigest` and `digestOf`-like code. */
export type Digest = string & { readonly [digestBrand]: true };

export type DigestAlgorithm = 'sha256' | 'sha512';

const hexLengths: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

/** Returns the digest, or undefined when the algorithm is unsupported or the hex is not exactly right. */
export function parseDigest(text: string): Digest | undefined {
  const algorithm = text.slice(0, 6);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return undefined;
  if (text.length !== 7 + hexLengths[algorithm] || text.charCodeAt(6) !== 58) return undefined;
  for (let index = 7; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return undefined;
  }
  return text as Digest;
}

/** The algorithm of a digest. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** Spells a digest from a hex string that a hash has just produced. */
export function digestFromHex(algorithm: DigestAlgorithm, hex: string): Digest {
  const digest = parseDigest(`${algorithm}:${hex}`);
  if (digest === undefined) throw new Error(`not a ${algorithm} digest in hex`);
  return digest;
}
