// The syntax of single values in a policy: actions, resources, principals. Each function says what is wrong, or nothing.

import { parseAccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';

/** `svc:Name` with `*` and `?` in the name, or `*` alone. */
export function requireActionPattern(text: string): string | undefined {
  if (text === '*' || /^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(text)) return undefined;
  return `${shown(text)} is no action: write service:Name, where the name may hold * and ?`;
}

/** `*`, or an ARN whose parts after the partition may hold wildcards and variables. */
export function requireResourcePattern(text: string): string | undefined {
  if (text === '*' || text === '?') return undefined;
  const parts = text.split(':');
  if (parts[0] !== 'arn' || parts.length < 6 || !/^[a-z-]+$|^\*$/.test(parts[1] ?? '')) {
    // A trailing star may stand for the parts that are not written: `arn:aws:ecr:*`.
    if (/^arn:(aws[a-z-]*|\*)(:.*)?\*/.test(text)) return undefined;
    return `${shown(text)} is no resource: write an ARN or *`;
  }
  return undefined;
}

const principalArn =
  /^arn:aws[a-z-]*:(iam|sts)::\d{12}:(root|user\/\S+|role\/\S+|assumed-role\/\S+\/\S+|federated-user\/\S+)$/;
const uniqueId = /^(AIDA|AROA)[A-Z0-9]{16,}$/;

/** `*`, an account id, an ARN without wildcards, a unique id, a service or a provider. */
export function requirePrincipal(type: string, text: string): string | undefined {
  if (text === '*') return undefined;
  if (type === 'AWS') return requireAwsPrincipal(text);
  if (type === 'Service') {
    return /^[a-z0-9.-]+\.[a-z]+$/.test(text) ? undefined : `Invalid principal in policy: "Service":"${shown(text)}"`;
  }
  if (type === 'Federated') {
    const good = parseArn(text) !== undefined || /^[a-z0-9./:_-]+$/i.test(text);
    return good && !text.includes('*') ? undefined : `Invalid principal in policy: "Federated":"${shown(text)}"`;
  }
  return /^[a-f0-9]{64}$/.test(text) ? undefined : `Invalid principal in policy: "CanonicalUser":"${shown(text)}"`;
}

function requireAwsPrincipal(text: string): string | undefined {
  if (parseAccountId(text) !== undefined || uniqueId.test(text)) return undefined;
  if (principalArn.test(text) && !text.includes('*') && !text.includes('?')) return undefined;
  return `Invalid principal in policy: "AWS":"${shown(text)}"`;
}

function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
