// Whom an OIDC provider's server has to be vouched for by: a trusted authority, or a thumbprint of its chain.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../src/core/clock.ts';
import { openIssuerClient } from '../src/services/sts/web-identity/issuer-client.ts';
import { type IdentityProvider, openIdentityProvider } from './support/identity-provider.ts';

describe("an OIDC provider's server", () => {
  let idp: IdentityProvider;
  let authority = '';
  let thumbprint = '';
  before(async () => {
    idp = await openIdentityProvider();
    authority = await readFile(idp.authorityFile, 'utf8');
    thumbprint = new X509Certificate(authority).fingerprint.replaceAll(':', '').toLowerCase();
  });
  after(() => idp.close());

  const ask = (
    authorities: readonly string[],
    thumbprints: readonly string[],
    allowsLoopback = true,
    url = idp.issuer,
  ) =>
    openIssuerClient({ clock: systemClock, authorities, allowsLoopback }).getJson(
      `${url}/.well-known/openid-configuration`,
      thumbprints,
    );

  test('is believed by a configured authority, whatever the thumbprints', async () => {
    assert.equal(((await ask([authority], [])) as { issuer: string }).issuer, idp.issuer);
    await ask([authority], ['0'.repeat(40)]);
  });

  test('is believed by a thumbprint of its chain, and by no other', async () => {
    await ask([], ['1'.repeat(40), thumbprint]);
    const wrong = { kind: 'identity-token-invalid', message: /certificate doesn't match configured thumbprint$/ };
    await assert.rejects(ask([], ['0'.repeat(40)]), wrong);
    await assert.rejects(ask([], []), wrong);
  });

  test('needs its own name in its certificate, thumbprint or not', async () => {
    const url = idp.issuer.replace('localhost', '127.0.0.1');
    await assert.rejects(ask([], [thumbprint], true, url), /certificate doesn't match configured thumbprint$/);
    await assert.rejects(ask([authority], [], true, url), /certificate doesn't match configured thumbprint$/);
  });

  test('is not asked on this very host unless that is allowed, by name or by address', async () => {
    await assert.rejects(ask([authority], [], false), { kind: 'identity-provider-unreachable' });
    const url = idp.issuer.replace('localhost', '127.0.0.1');
    await assert.rejects(ask([authority], [], false, url), { kind: 'identity-token-invalid' });
  });
});
