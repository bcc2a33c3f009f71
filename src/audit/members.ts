// What the names of a call's members say of them: which hold secrets, and which hold documents.

/** Left out of every record. */
const secrets = [
  'apikey',
  'assertion',
  'authenticationcode1',
  'authenticationcode2',
  'authorization',
  'authorizationtoken',
  'base32stringseed',
  'ciphertextblob',
  'clientsecret',
  'cookie',
  'credentialdata',
  'downloadurl',
  'imagemanifest',
  'layerpartblob',
  'newpassword',
  'oldpassword',
  'password',
  'passphrase',
  'plaintext',
  'privatekey',
  'privatekeyplaintext',
  'qrcodepng',
  'samlassertion',
  'secret',
  'secretaccesskey',
  'secretbinary',
  'secretstring',
  'sessiontoken',
  'tokencode',
  'webidentitytoken',
  'xamzsecuritytoken',
  'xamzsignature',
];

/**
 * Policies of every kind and what else a tenant would call content. A name stays here for good: it is by this list
 * that older records are opened.
 */
const documents = [
  'assumerolepolicydocument',
  'content',
  'document',
  'lifecyclepolicy',
  'lifecyclepolicytext',
  'permissionsboundarypolicyinputlist',
  'policy',
  'policydocument',
  'policyinputlist',
  'policytext',
  'replicapolicy',
  'repositorypolicy',
  'resourcepolicy',
  'samlmetadatadocument',
  'servicecontrolpolicyinputlist',
];

export type MemberKind = 'secret' | 'document';

const kinds: ReadonlyMap<string, MemberKind> = new Map([
  ...secrets.map((name) => [name, 'secret'] as const),
  ...documents.map((name) => [name, 'document'] as const),
]);

/** Without case, `-` and `_`, so that `x-amz-security-token` and `SecretAccessKey` are both met. */
export function memberKind(name: string): MemberKind | undefined {
  const lower = name.toLowerCase();
  const kind = kinds.get(lower);
  if (kind !== undefined) return kind;
  return lower.includes('-') || lower.includes('_') ? kinds.get(lower.replaceAll(/[-_]/g, '')) : undefined;
}

/** Only texts and lists of texts are documents: a structure of that name (IAM's `policy`) has members of its own. */
export function isDocument(name: string, value: unknown): boolean {
  if (memberKind(name) !== 'document') return false;
  return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}
