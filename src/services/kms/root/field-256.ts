// Arithmetic in GF(2^8) with the polynomial of AES, without tables and branches: time tells nothing of the values.

/** Each of both from 0 to 255. Addition is xor. */
export function multiply(left: number, right: number): number {
  let product = 0;
  let a = left;
  for (let bit = 0; bit < 8; bit += 1) {
    product ^= -((right >> bit) & 1) & a;
    a = ((a << 1) ^ (-(a >> 7) & 0x11b)) & 0xff;
  }
  return product & 0xff;
}

/** Of 1 to 255: the 254th power. */
export function invert(value: number): number {
  let power = value;
  let result = 1;
  for (let exponent = 254; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) === 1) result = multiply(result, power);
    power = multiply(power, power);
  }
  return result;
}
