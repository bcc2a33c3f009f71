// Secret bytes are overwritten when the work with them has ended, however it ends.

export async function overwriting<Result>(
  secret: Uint8Array | readonly Uint8Array[] | undefined,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } finally {
    for (const bytes of secret instanceof Uint8Array ? [secret] : (secret ?? [])) bytes.fill(0);
  }
}
