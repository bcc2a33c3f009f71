// Numbers modulo a prime, and as bytes. Not for secrets alone: what they take depends on the numbers.

export function modulo(value: bigint, prime: bigint): bigint {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

/** Euclid's; `value` is no multiple of the prime. */
export function inverse(value: bigint, prime: bigint): bigint {
  let [high, low] = [prime, modulo(value, prime)];
  let [ofHigh, ofLow] = [0n, 1n];
  while (low !== 0n) {
    const times = high / low;
    [high, low] = [low, high - times * low];
    [ofHigh, ofLow] = [ofLow, ofHigh - times * ofLow];
  }
  return modulo(ofHigh, prime);
}

/** Big-endian. */
export function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex') || '0'}`);
}

/** Big-endian, as long as asked for. */
export function bytesOf(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}
