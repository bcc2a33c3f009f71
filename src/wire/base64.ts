// Base64 as blobs carry it in JSON and Query.

/** The bytes, or undefined when the text is not padded base64 through and through. Linear, also for 28 MiB. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64 and stops at the first padding; either makes the result too short.
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
}
