// Policy documents as answers carry them.

/** RFC 3986: what encodeURIComponent leaves but the RFC reserves is encoded too (iam.md §6). */
export function percentEncoded(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
