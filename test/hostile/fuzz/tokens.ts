// Fuzzes the token readers: only a token that was issued is one, in only one spelling.

import fc from 'fast-check';
import type { AccountId, Region } from '../../../src/core/account.ts';
import type { Caller } from '../../../src/core/caller.ts';
import { accessKeyId, callFor, outcomeOf, principal, sampleSite } from '../../../src/identity/testing/sample-site.ts';
import { damaged, type Fuzz, fuzzer } from './fuzz.ts';

const { identity } = sampleSite();
const region = 'us-east-1' as Region;
const caller: Caller = {
  principal,
  accountId: principal.accountId,
  region,
  accessKeyId,
  credential: 'sigv4',
  call: callFor(),
};
const hourMs = 3_600_000;
const grant = { registry: { accountId: '111122223333' as AccountId, region }, repositoryName: 'team/app', digest: 'x' };
const registryToken = identity.tokens.registryToken(caller, hourMs).token;
const downloadToken = identity.tokens.downloadToken(caller, grant, hourMs).token;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const refused = /^registry-token-invalid: /;

async function ask(prove: () => ReturnType<typeof identity.byDownloadToken>): Promise<string> {
  return outcomeOf((async () => prove())());
}

const changed = fc.oneof(
  damaged(fc.constantFrom(registryToken, downloadToken), `${alphabet}=+/ .:\u0000`),
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), maxLength: 400 }),
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc.constantFrom(`${registryToken}=`, `${registryToken} `, registryToken.toUpperCase(), registryToken + downloadToken),
);

export const tokenFuzzers: readonly Fuzz[] = [
  fuzzer('tokens: a registry token is good as it was issued and in no other way', 500, () =>
    fc.asyncProperty(changed, async (token) => {
      const outcome = await ask(() => identity.byRegistryToken(basic(`AWS:${token}`), callFor()));
      return token === registryToken ? outcome === principal.arn : refused.test(outcome);
    }),
  ),
  fuzzer('tokens: a download token is good as it was issued and in no other way', 500, () =>
    fc.asyncProperty(changed, async (token) => {
      const outcome = await ask(() => identity.byDownloadToken(token, callFor()));
      return token === downloadToken ? outcome === principal.arn : refused.test(outcome);
    }),
  ),
  fuzzer('tokens: whatever the Authorization header, the answer is a refusal of ours', 500, () =>
    fc.asyncProperty(damaged(fc.constant(basic(`AWS:${registryToken}`)), `${alphabet}=+/ :\u0000é`), async (header) => {
      const outcome = await ask(() => identity.byRegistryToken(header, callFor()));
      // Spellings of base64 that mean the same bytes are the same password.
      return (
        refused.test(outcome) ||
        Buffer.from(header.replace(/^basic +/i, ''), 'base64').toString() === `AWS:${registryToken}`
      );
    }),
  ),
];
