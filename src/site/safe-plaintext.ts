// Passwords in clear beyond this machine are allowed only by somebody who wrote it down.

import { type Config, ConfigError } from '#config/config.ts';

type Listening = Pick<Config, 'listen' | 'managementListen' | 'tls' | 'allowPlaintext'>;

/** Why this configuration may not listen; undefined when it may. */
export function plaintextRefusal({ listen, managementListen, tls, allowPlaintext }: Listening): string | undefined {
  if (tls !== 'off' || allowPlaintext) return undefined;
  const management = managementListen === 'off' ? undefined : managementListen.host;
  const beyond = [listen.host, management].find((host) => host !== undefined && !isLoopback(host));
  if (beyond === undefined) return undefined;
  return (
    `Refusing to listen on ${beyond} without TLS: passwords would travel in clear. ` +
    'Set tls (self-signed, or your certificate), or allowPlaintext: true if something in front does TLS.'
  );
}

/** Before anything is made or opened. */
export function requireSafePlaintext(config: Listening): void {
  const refusal = plaintextRefusal(config);
  if (refusal !== undefined) throw new ConfigError(refusal);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
