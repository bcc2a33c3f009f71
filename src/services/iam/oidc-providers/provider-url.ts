// The URL of an OIDC provider: what may be one, and its name in the ARN.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';

export interface ProviderUrl {
  /** To the letter, as tokens name it. */
  readonly issuer: string;
  /** Without the scheme. */
  readonly name: string;
}

/** A host, then segments of a path: nothing that could be read as a pattern, a variable or another part of an ARN. */
const form = /^https?:\/\/(?<host>[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(?<port>:\d{1,5})?(?<path>(\/[\w.~%+=@-]*)*)$/;

/**
 * Without TLS only a provider on this very host may be, and only where the configuration says so. Throws
 * validation-failed.
 */
export function parseProviderUrl(url: string, allowsPlain: boolean): ProviderUrl {
  const { host = '', port } = form.exec(url)?.groups ?? {};
  const isLoopback = host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
  const isAllowed = url.startsWith('https://') || (allowsPlain && isLoopback);
  // Its claims become condition keys that begin with the name: a bare word could pass for `aws` or `sts`.
  const isTold = host.includes('.') || host.includes(':') || port !== undefined;
  if (host === '' || !isAllowed || !isTold || url.length > limits.oidcUrlCharsMax || URL.parse(url) === null) {
    throw new DomainError('validation-failed', 'Invalid Open ID Connect Provider URL', {});
  }
  return { issuer: url, name: url.slice(url.indexOf('//') + 2) };
}
