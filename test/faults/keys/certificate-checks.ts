// Deletion certificates: one of each key that was deleted, signed by the site, and for ever as it was issued.

import { openCertificate, readPublicKey } from '../../../src/services/kms/erasure/certificate.ts';
import type { OutputOf } from '../../../src/services/sallyport/service.ts';
import { Violation } from '../checking/registers.ts';
import type { KeyClient } from './calls.ts';
import type { KnownKey } from './key-world.ts';
import { callOwnDoor } from './own-door.ts';

type Line = OutputOf<'ListDeletionCertificates'>['certificates'][number];

/** What a certificate waits for is done by the job of deletions, which runs each minute; files that are read, later. */
const issuedWithinMs = 240_000;

/** At a quiet moment: some of them are what they were. */
export async function lookAtSomeCertificates(client: KeyClient, count: number): Promise<void> {
  const issued = (await listed(client)).filter(({ issuedAt }) => issuedAt !== undefined);
  for (let looked = 0; looked < count && issued.length > 0; looked += 1) {
    await lookAtCertificate(client, client.random.pick(issued));
  }
}

/** At the end: every key that was deleted has one, and no other. */
export async function lookAtAllCertificates(client: KeyClient, deleted: readonly KnownKey[]): Promise<void> {
  const untilMs = Date.now() + issuedWithinMs;
  let lines = await listed(client);
  while (lines.some(({ issuedAt }) => issuedAt === undefined)) {
    const waiting = lines.find(({ issuedAt }) => issuedAt === undefined);
    if (Date.now() > untilMs) throw new Violation(`${waiting?.keyArn} waits for ${waiting?.waitsFor}`);
    // Nobody is told when one is issued: asking again is all that can be done.
    await new Promise((resolve) => setTimeout(resolve, 500));
    lines = await listed(client);
  }
  const keys = lines.map(({ keyArn }) => keyArn).sort();
  const wanted = deleted.map(({ arn }) => arn).sort();
  if (keys.join() !== wanted.join()) {
    throw new Violation(`${wanted.length} keys were deleted, and there are certificates of ${keys.length}`);
  }
  for (const line of lines) await lookAtCertificate(client, line);
}

async function lookAtCertificate({ session, sign }: KeyClient, { certificateId, keyArn }: Line): Promise<void> {
  const { issued, counts } = session.world;
  const answer = await callOwnDoor(session, sign, {
    ...{ name: 'GetDeletionCertificate', input: { certificateId }, done: () => [], refused: {} },
  });
  const key = await callOwnDoor(session, sign, { name: 'GetCertificateKey', input: {}, done: () => [], refused: {} });
  const text = typeof answer === 'string' ? '' : (answer.certificate ?? '');
  const before = issued.get(certificateId);
  if (before !== undefined && before !== text) throw new Violation(`the certificate ${certificateId} has changed`);
  const pem = typeof key === 'string' ? '' : key.publicKey;
  const { key: named } = openCertificate(Buffer.from(text), readPublicKey(pem));
  if (named.arn !== keyArn) throw new Violation(`the certificate of ${keyArn} is about ${named.arn}`);
  issued.set(certificateId, text);
  counts.certificates += 1;
}

async function listed({ session, sign }: KeyClient): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (let nextToken: string | undefined; ; ) {
    const answer = await callOwnDoor(session, sign, {
      ...{ name: 'ListDeletionCertificates', input: nextToken === undefined ? {} : { nextToken } },
      ...{ done: () => [], refused: {} },
    });
    if (typeof answer === 'string') return lines;
    lines.push(...answer.certificates);
    nextToken = answer.nextToken;
    if (nextToken === undefined) return lines;
  }
}
