// The syntax of principals: what each kind of name looks like. None holds a wildcard, but for AWS: * alone.

import { parseAccountId } from '#core/account.ts';
import type { ParsedPrincipal } from './policy.ts';
import { shorten } from './shorten.ts';

const arn = /^arn:aws(?:-[a-z]+)*:(iam|sts)::\d{12}:(.+)$/;
const iamResource = /^(root|(user|role)\/([\x21-\x7e]+\/)?[\w+=,.@-]+)$/;
const stsResource = /^(assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+|federated-user\/[\w+=,.@-]+)$/;
/** Of a user or role; of a role's session with the session's name. */
const uniqueId = /^(AIDA[A-Z0-9]{16,}|AROA[A-Z0-9]{16,}(:[\w+=,.@-]+)?)$/;
const serviceName = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;
const providerArn = /^arn:aws(-[a-z]+)*:iam::\d{12}:(oidc|saml)-provider\/[\x21-\x7e]+$/;
const providerName = /^[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+(:\d{1,5})?(\/[\x21-\x7e]*)?$/;
const canonicalId = /^[a-f0-9]{64}$/;

const namesMax = 2048;

const forms: Readonly<Record<ParsedPrincipal['type'], (text: string) => boolean>> = {
  AWS: (text) => text === '*' || parseAccountId(text) !== undefined || uniqueId.test(text) || isPrincipalArn(text),
  Service: (text) => serviceName.test(text),
  Federated: (text) => !hasWildcard(text) && (providerArn.test(text) || providerName.test(text)),
  CanonicalUser: (text) => canonicalId.test(text),
};

/** The types of principal, as the keys of a Principal element. */
export const principalTypes = Object.keys(forms);

/** What is wrong with the name of a principal, in IAM's words; undefined when nothing is. */
export function principalProblem(type: ParsedPrincipal['type'], text: string): string | undefined {
  if (text.length <= namesMax && forms[type](text)) return undefined;
  return `Invalid principal in policy: "${type}":"${shorten(text)}"`;
}

function isPrincipalArn(text: string): boolean {
  const [, service, resource = ''] = arn.exec(text) ?? [];
  return !hasWildcard(text) && (service === 'iam' ? iamResource : stsResource).test(resource);
}

function hasWildcard(text: string): boolean {
  return text.includes('*') || text.includes('?');
}
