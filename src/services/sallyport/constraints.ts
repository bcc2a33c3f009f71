// What Sallyport's own door demands of each member beyond its type: one line a member.

import { limits } from '#core/limits.ts';
import { isRepositoryName } from '#core/names.ts';
import { constraintChecker, type InputConstraints, type MemberConstraint } from '#wire/constraints.ts';
import { tokenActions } from './registry-tokens/token-policy.ts';

const tokenActionNames = Object.keys(tokenActions);

const uuid: MemberConstraint = {
  pattern: { matches: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, text: 'Member must be a request id' },
};

const tokenId: MemberConstraint = {
  pattern: { matches: /^rt-[0-9a-f]{20}$/, text: 'Member must be the id of a registry token' },
};
const certificateId: MemberConstraint = {
  pattern: { matches: /^dc-[0-9a-f]{28}$/, text: 'Member must be the id of a deletion certificate' },
};
const page: InputConstraints = { maxResults: { range: [1, limits.pageSizeMax] }, nextToken: { length: [1, 4096] } };
const selector: InputConstraints = {
  principal: { length: [3, 2048] },
  accessKeyId: { length: [16, 128], pattern: { matches: /^\w*$/, text: 'Member must be the id of an access key' } },
  sessionId: { length: [1, 128], pattern: { matches: /^[\w-]*$/, text: 'Member must be the id of a session' } },
  sourceAddress: { length: [2, 64] },
};
const repositoryName: MemberConstraint = {
  length: [limits.repositoryNameLengthMin, limits.repositoryNameLengthMax],
  pattern: { matches: { test: isRepositoryName }, text: 'Member must be the name of a repository' },
};
const longTermKey: MemberConstraint = {
  pattern: { matches: /^AKIA[A-Z2-7]{16}$/, text: 'Member must be the id of a long-term access key' },
};

const constraints: Readonly<Record<string, InputConstraints>> = {
  ExplainDenial: { requestId: uuid },
  TestPolicy: {
    principalArn: { length: [20, 2048] },
    action: { length: [3, 128], pattern: { matches: /^[\w-]+:\w+$/, text: 'Member must be service:Action' } },
    resource: { length: [1, 2048] },
    context: { size: [0, 50] },
    'context[].key': { length: [1, 256] },
    'context[].values': { size: [0, 50] },
  },
  CreateRegistryToken: {
    repositories: { size: [1, limits.tokenRepositoriesMax] },
    'repositories[]': {
      length: [1, limits.repositoryNameLengthMax],
      pattern: {
        matches: /^[a-z0-9*?](?:[a-z0-9._/*?-]*[a-z0-9*?])?$/,
        text: 'Member must be a name or a pattern of names',
      },
    },
    actions: { size: [1, tokenActionNames.length] },
    'actions[]': { enum: tokenActionNames },
    lifeSeconds: { range: [limits.registryTokenLifeMsMin / 1000, limits.registryTokenLifeMs / 1000] },
    name: {
      length: [1, 128],
      pattern: { matches: /^[\w+=,.@/ -]*$/, text: 'Member must consist of letters, digits, spaces and +=,.@/_-' },
    },
    onceSeconds: { range: [1, limits.registryTokenLifeMs / 1000] },
  },
  ListRegistryTokens: page,
  RevokeRegistryToken: { tokenId },
  ListSessions: { ...selector, ...page },
  RevokeSessions: selector,
  QuarantineAccessKey: { accessKeyId: longTermKey, reason: { length: [1, 256] } },
  ReleaseAccessKey: { accessKeyId: longTermKey },
  ListQuarantinedKeys: page,
  ReencryptRepository: {
    repositoryName,
    encryptionType: { enum: ['AES256', 'KMS', 'KMS_DSSE'] },
    kmsKey: { length: [1, limits.kmsKeyLengthMax] },
  },
  CancelReencryption: { repositoryName },
  DescribeReencryption: { repositoryName },
  ListReencryptions: page,
  ListDeletionCertificates: page,
  GetDeletionCertificate: { certificateId },
  ReadDeletionList: { certificateId, nextToken: { length: [1, 4096] } },
};

const checkers = new Map(
  Object.entries(constraints).map(([name, table]) => [name, constraintChecker(table, 'validation-error')]),
);

/** Throws validation-failed. */
export function checkInput(operation: string, input: unknown): void {
  checkers.get(operation)?.(input);
}
