// A real OpenID provider in this process, over TLS by an authority of its own: it signs tokens shaped as asked.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { TokenParts } from 'oidc-provider';
import { systemClock } from '../../src/core/clock.ts';
import { systemRandom } from '../../src/core/random.ts';
import { openSelfSigned } from '../../src/edge/self-signed.ts';
import type { Claims } from './workloads.ts';

export interface IdentityProvider {
  readonly issuer: string;
  /** Without scheme: what condition keys and ARNs begin with. */
  readonly name: string;
  /** The file of the authority's certificate. */
  readonly authorityFile: string;
  /** A token with these claims, good for ten minutes. */
  token(claims: Claims, algorithm?: 'RS256' | 'ES256'): Promise<string>;
  close(): Promise<void>;
}

const client = { client_id: 'workload', client_secret: 'a secret of this test' };

export async function openIdentityProvider(): Promise<IdentityProvider> {
  // It warns of every Node but one as soon as it is loaded: nobody else has to read that.
  const { default: Provider } = await import('oidc-provider');
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-issuer-'));
  const files = await openSelfSigned({ folder, names: ['localhost'], clock: systemClock, random: systemRandom });
  const [cert, key, ca] = await Promise.all(
    [files.certificate, files.key, files.authority].map((file) => readFile(file)),
  );
  const server = createServer({ cert: [cert, ca].map(String).join('\n'), key });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `https://localhost:${port}`;
  let wanted: { readonly claims: Claims; readonly algorithm: string } = { claims: {}, algorithm: 'RS256' };
  const provider = new Provider(issuer, {
    clients: [{ ...client, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
    jwks: { keys: [await privateKey('RS256'), await privateKey('ES256')] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:workload',
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: 'workload',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: wanted.algorithm } },
        }),
      },
    },
    ttl: { ClientCredentials: 600 },
    formats: {
      customizers: {
        jwt(_context: unknown, _token: unknown, parts: TokenParts) {
          parts.header = { typ: 'JWT' };
          Object.assign(parts.payload, wanted.claims);
          return parts;
        },
      },
    },
  });
  server.on('request', provider.callback());
  return {
    issuer,
    name: issuer.slice('https://'.length),
    authorityFile: files.authority,
    async token(claims, algorithm = 'RS256') {
      wanted = { claims, algorithm };
      const answer = await post(`${issuer}/token`, { grant_type: 'client_credentials', ...client }, ca);
      const { access_token: token } = JSON.parse(answer) as { readonly access_token?: string };
      if (token === undefined) throw new Error(`no token: ${answer}`);
      return token;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function privateKey(alg: string): Promise<JWK> {
  const { privateKey: secret } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(secret)), alg, use: 'sig', kid: `test-${alg}` };
}

async function post(url: string, form: Readonly<Record<string, string>>, ca: Buffer | undefined): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const sending = request(url, { method: 'POST', headers, ca, agent: false }, (response) => {
    text(response).then(resolve, reject);
  });
  sending.once('error', reject);
  sending.end(new URLSearchParams(form).toString());
  return promise;
}
