// Calls, callers and subjects for tests of the audit, whole enough to make real records.

import { type AccountId, parseAccountId, parseRegion, type Region } from '#core/account.ts';
import type { Call, Caller } from '#core/caller.ts';
import type { AuditSubject } from '../audit.ts';

export const accountId: AccountId = parseAccountId('111122223333') ?? never();
export const region: Region = parseRegion('eu-west-1') ?? never();

export function sampleCall(changes: Partial<Call> = {}): Call {
  return {
    requestId: '6f1b1f0e-0000-4000-8000-000000000001',
    receivedAtMs: 0,
    sourceAddress: '192.0.2.7',
    secureTransport: true,
    userAgent: 'docker/28.0',
    host: 'registry.example:5000',
    registry: { accountId, region },
    neutralHost: true,
    ...changes,
  };
}

export function sampleCaller(call: Call): Caller {
  return {
    principal: {
      kind: 'user',
      accountId,
      arn: `arn:aws:iam::${accountId}:user/ana`,
      principalId: 'AIDAANA',
      userName: 'ana',
    },
    accountId,
    region,
    accessKeyId: 'AKIAEXAMPLE',
    credential: 'sigv4',
    call,
  };
}

export function sampleSubject(kind: 'read' | 'write', changes: Partial<AuditSubject> = {}): AuditSubject {
  return {
    eventSource: 'ecr.amazonaws.com',
    eventName: kind === 'read' ? 'DescribeImages' : 'CreateRepository',
    kind,
    caller: sampleCaller(sampleCall()),
    requestParameters: { repositoryName: 'team/app' },
    resources: [{ arn: `arn:aws:ecr:${region}:${accountId}:repository/team/app`, accountId }],
    ...changes,
  };
}

function never(): never {
  throw new Error('the sample constants are well-formed');
}
