// Sallyport's own door in a life of the site, whose clock is ahead: signed by that clock, noted as every question is.

import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { OutputOf, SallyportOperationName } from '../../../src/services/sallyport/service.ts';
import type { AdministratorOptions } from '../../support/administrator.ts';
import { Violation } from '../checking/registers.ts';
import type { KeyEntry } from './key-register.ts';
import type { KeySession } from './key-world.ts';

/** Headers of a signed request with this body. */
export type Sign = (operation: string, body: string) => Promise<Record<string, string>>;

const target = 'Sallyport_20261124';

export function openSigner({ region, endpoint, credentials }: AdministratorOptions, aheadMs: number): Sign {
  const { host, hostname, protocol } = new URL(endpoint);
  const signer = new SignatureV4({ credentials, region, service: 'sallyport', sha256: Sha256, applyChecksum: false });
  return async (operation, body) => {
    const headers = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${operation}` };
    const request = { method: 'POST', protocol, hostname, path: '/', query: {}, headers, body };
    const signed = await signer.sign(request, { signingDate: new Date(Date.now() + aheadMs) });
    return signed.headers;
  };
}

interface OwnCall<Name extends SallyportOperationName> {
  readonly name: Name;
  readonly input: object;
  readonly done: (output: OutputOf<Name>) => readonly KeyEntry[];
  /** By the code of the error: every other one is a violation. */
  readonly refused: Readonly<Record<string, readonly KeyEntry[]>>;
}

/** The output, with its dates as numbers, or the code of the refusal. Throws Gone when no answer came. */
export async function callOwnDoor<Name extends SallyportOperationName>(
  session: KeySession,
  sign: Sign,
  { name, input, done, refused }: OwnCall<Name>,
): Promise<OutputOf<Name> | string> {
  const text = JSON.stringify(input);
  let result: OutputOf<Name> | string = '';
  await session.ask({
    ...{ method: 'POST', path: '/', body: Buffer.from(text), headers: await sign(name, text) },
    isRead: /^(Describe|Get|List)/.test(name),
    entries({ status, body }) {
      const answer = JSON.parse(body.toString()) as OutputOf<Name> & { readonly __type?: string };
      if (status === 200) {
        result = answer;
        return done(answer);
      }
      result = answer.__type ?? '';
      const entries = refused[result];
      if (entries === undefined) throw new Violation(`${name} ${text} was answered ${status} ${body.toString()}`);
      return entries;
    },
  });
  return result;
}
