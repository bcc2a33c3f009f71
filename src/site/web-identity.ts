// What web identity tokens are checked with: the site's OIDC providers, and whom it trusts to vouch for their servers.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Config, ConfigError } from '#config/config.ts';
import { openIssuerClient } from '#services/sts/web-identity/issuer-client.ts';
import type { TokenVerifier } from '#services/sts/web-identity/verifier.ts';
import type { Platform, SiteDatabase } from './stores.ts';

export function openWebIdentity(config: Config, { iam }: SiteDatabase, { clock }: Platform): TokenVerifier {
  const { authorities, allowLoopback: allowsLoopback } = config.webIdentity;
  const pems = authorities === undefined ? [] : readCertificates(authorities);
  const client = openIssuerClient({ clock, authorities: pems, allowsLoopback });
  // Most sites never see such a token: what reads it is loaded with the first one.
  let opened: Promise<TokenVerifier> | undefined;
  const open = async () => {
    const [{ openIssuerKeys }, { openTokenVerifier }] = await Promise.all([
      import('#services/sts/web-identity/issuer-keys.ts'),
      import('#services/sts/web-identity/verifier.ts'),
    ]);
    return openTokenVerifier({ providers: iam.rooms.oidcProviders, keys: openIssuerKeys(client, clock), clock });
  };
  return {
    async verify(token, accountId) {
      opened ??= open();
      return (await opened).verify(token, accountId);
    },
  };
}

/** Throws ConfigError. */
function readCertificates(file: string): readonly string[] {
  try {
    const pems = readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (pems.length === 0) throw new Error('it holds none');
    return pems.map((pem) => new X509Certificate(pem).toString());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`webIdentity.authorities: ${file} cannot be read as PEM certificates: ${why}`);
  }
}
