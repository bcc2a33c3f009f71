// The curves of KMS keys: OpenSSL's name, JWK's name, the field and the order (SEC 2, FIPS 186-5).

export interface Curve {
  readonly name: string;
  readonly jwk: string;
  /** Of a coordinate, and of a number below the order. */
  readonly sizeBytes: number;
  readonly field: bigint;
  readonly order: bigint;
}

const curves: ReadonlyMap<string, Curve> = new Map(
  [
    {
      name: 'prime256v1',
      jwk: 'P-256',
      sizeBytes: 32,
      field: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
      order: 0xffffffff_00000000_ffffffff_ffffffff_bce6faad_a7179e84_f3b9cac2_fc632551n,
    },
    {
      name: 'secp384r1',
      jwk: 'P-384',
      sizeBytes: 48,
      field: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
      order: 2n ** 384n - 0x389cb27e_0bc8d220_a7e5f24d_b74f5885_1313e695_333ad68dn,
    },
    {
      name: 'secp521r1',
      jwk: 'P-521',
      sizeBytes: 66,
      field: 2n ** 521n - 1n,
      order: 2n ** 521n - 0x5_ae79787c_40d06994_8033feb7_08f65a2f_c44a3647_7663b851_449048e1_6ec79bf7n,
    },
    {
      name: 'secp256k1',
      jwk: 'secp256k1',
      sizeBytes: 32,
      field: 2n ** 256n - 2n ** 32n - 977n,
      order: 2n ** 256n - 0x1_45512319_50b75fc4_402da173_2fc9bebfn,
    },
  ].map((curve) => [curve.name, curve] as const),
);

/** By OpenSSL's name. */
export function curveOf(name: string | undefined): Curve {
  const curve = curves.get(name ?? '');
  if (curve === undefined) throw new Error(`there is no curve ${name}`);
  return curve;
}
