// Sallyport's own door: what AWS has no API for, in AWS's shape. The console and the command line are its clients.

import type { Service } from '#core/service.ts';
import { getCertificateKey } from './certificates/get-certificate-key.ts';
import { getDeletionCertificate } from './certificates/get-deletion-certificate.ts';
import { listDeletionCertificates } from './certificates/list-deletion-certificates.ts';
import { readDeletionList } from './certificates/read-deletion-list.ts';
import { checkInput } from './constraints.ts';
import { createRegistryToken } from './create-registry-token.ts';
import { describeReencryption, listReencryptions } from './describe-reencryption.ts';
import { sallyportErrors } from './errors.ts';
import { explainDenial } from './explain-denial.ts';
import { listQuarantinedKeys } from './list-quarantined-keys.ts';
import { listRegistryTokens } from './list-registry-tokens.ts';
import { listSessions } from './list-sessions.ts';
import { quarantineAccessKey, releaseAccessKey } from './quarantine-access-key.ts';
import { cancelReencryption, reencryptRepository } from './reencrypt-repository.ts';
import { revokeRegistryToken } from './revoke-registry-token.ts';
import { revokeSessions } from './revoke-sessions.ts';
import type { SallyportRooms } from './rooms.ts';
import { testPolicy } from './test-policy.ts';

const operations = {
  ExplainDenial: explainDenial,
  TestPolicy: testPolicy,
  CreateRegistryToken: createRegistryToken,
  ListRegistryTokens: listRegistryTokens,
  RevokeRegistryToken: revokeRegistryToken,
  ListSessions: listSessions,
  RevokeSessions: revokeSessions,
  QuarantineAccessKey: quarantineAccessKey,
  ReleaseAccessKey: releaseAccessKey,
  ListQuarantinedKeys: listQuarantinedKeys,
  ReencryptRepository: reencryptRepository,
  CancelReencryption: cancelReencryption,
  DescribeReencryption: describeReencryption,
  ListReencryptions: listReencryptions,
  ListDeletionCertificates: listDeletionCertificates,
  GetDeletionCertificate: getDeletionCertificate,
  ReadDeletionList: readDeletionList,
  GetCertificateKey: getCertificateKey,
};

type Operations = typeof operations;
export type SallyportOperationName = keyof Operations;
/** What a client sends and gets: the types of the handlers. */
export type InputOf<Name extends SallyportOperationName> = Parameters<Operations[Name]['handle']>[0];
export type OutputOf<Name extends SallyportOperationName> = Awaited<ReturnType<Operations[Name]['handle']>>;

/** The door's description for the gateway. */
export function sallyportService(rooms: SallyportRooms): Service<SallyportRooms> {
  return {
    name: 'sallyport',
    protocol: 'aws-json-1.1',
    signingName: 'sallyport',
    eventSource: 'sallyport.local',
    target: 'Sallyport_20261124',
    schema: 'sallyport',
    operations,
    check: checkInput,
    errors: sallyportErrors,
    encodesDenials: true,
    rooms,
  };
}
