// Prints the reference of operations from the services' own tables: kind, permissions, errors.

import type { AccountId, Region } from '../../src/core/account.ts';
import type { Caller } from '../../src/core/caller.ts';
import type { ErrorKind } from '../../src/core/errors.ts';
import type { Need } from '../../src/core/need.ts';
import { type AnyOperation, later } from '../../src/core/operation.ts';
import type { Service } from '../../src/core/service.ts';
import {
  ecrService,
  iamService,
  kmsService,
  ociService,
  organizationsService,
  sallyportService,
  stsService,
} from '../../src/services/index.ts';

const titles: Readonly<Record<string, string>> = {
  oci: 'OCI distribution (`/v2/`)',
  ecr: 'Amazon ECR',
  iam: 'IAM',
  kms: 'KMS',
  sts: 'STS',
  organizations: 'Organizations (read only)',
  sallyport: "Sallyport's own (`X-Amz-Target: Sallyport_20261124.…`)",
};

/** Needs of this door are named after the organisation. */
const sampleOrganization = {
  id: '<organization>',
  managementAccountId: '<account>',
  policies: [{ id: '<policy>', type: 'SERVICE_CONTROL_POLICY' }],
};

/** Handlers are never run here, so the rooms they would be given may be empty. */
const noRooms = {} as never;
const services = [
  ociService({ mode: 'strict' } as never),
  ecrService(noRooms),
  iamService(noRooms),
  kmsService(noRooms),
  stsService(noRooms),
  organizationsService({ organization: sampleOrganization } as never),
  sallyportService(noRooms),
] as readonly Service[];

const accountId = '<account>' as AccountId;
const region = '<region>' as Region;
const registry = { accountId, region };

const caller: Caller = {
  principal: { kind: 'root', accountId, arn: '<caller>', principalId: '' },
  accountId,
  region,
  accessKeyId: '',
  credential: 'sigv4',
  call: {
    requestId: '',
    receivedAtMs: 0,
    sourceAddress: '',
    secureTransport: true,
    userAgent: '',
    host: '',
    registry,
    neutralHost: true,
  },
};

/** An input that names everything an operation's needs may ask for. */
const input = {
  registry,
  repositoryName: '<name>',
  resourceArn: 'arn:aws:ecr:<region>:<account>:repository/<name>',
  tags: [],
  tagKeys: [],
  query: new URLSearchParams(),
  UserName: '<user>',
  GroupName: '<group>',
  RoleName: '<role>',
  SerialNumber: '<device>',
  VirtualMFADeviceName: '<name>',
  InstanceProfileName: '<profile>',
  AWSServiceName: '<service>',
  DeletionTaskId: '<task>',
  PolicyArn: '<policy>',
  PolicySourceArn: '<principal>',
  RoleArn: '<role>',
  Arn: '<entity>',
  Name: '<name>',
  requestId: '<request>',
  certificateId: '<id>',
  principalArn: '<principal>',
  tokenId: '<id>',
  sessionId: '<id>',
  Url: 'https://<issuer>',
  OpenIDConnectProviderArn: '<provider>',
  WebIdentityToken: token({ alg: 'RS256' }, { iss: 'https://<issuer>', aud: '<audience>' }),
  accessKeyId: '<id>',
  AccountId: '<member>',
  ParentId: 'ou-<unit>',
  OrganizationalUnitId: 'ou-<unit>',
  ChildId: 'ou-<unit>',
  TargetId: 'ou-<unit>',
  PolicyId: '<policy>',
};

/** A token that can be read and proves nothing. */
function token(...parts: readonly object[]): string {
  return [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), ''].join('.');
}

export function operationsReference(): string {
  const lines = [
    '# Operations',
    '',
    'Printed from the tables in `src/services/` by `npm run docs`. Every need is evaluated before the operation runs;',
    '«none» means that being authenticated is enough, for the reason that stands in the source. A write leaves a',
    'durable audit intent before it takes effect.',
  ];
  for (const service of services) lines.push(...serviceLines(service));
  return `${lines.join('\n')}\n`;
}

function serviceLines(service: Service): readonly string[] {
  const entries = Object.entries(service.operations);
  const served = entries.filter((entry): entry is [string, AnyOperation<unknown>] => entry[1] !== later);
  const waiting = entries.filter(([, entry]) => entry === later).map(([name]) => `\`${name}\``);
  const lines = ['', `## ${titles[service.name] ?? service.name}`, ''];
  lines.push('| operation | kind | needs | errors |', '| --- | --- | --- | --- |');
  for (const [name, operation] of served) {
    lines.push(
      `| \`${name}\` | ${operation.kind} | ${needsOf(service, operation)} | ${errorsOf(service, operation)} |`,
    );
  }
  if (waiting.length > 0) lines.push('', `Not served yet (\`UnknownOperationException\`): ${waiting.join(', ')}.`);
  return lines;
}

function needsOf({ name, rooms }: Service, operation: AnyOperation<unknown>): string {
  const isNamedByRooms = name === 'organizations' && operation.furtherNeeds !== undefined;
  const needs = isNamedByRooms ? furtherNeedsOf(operation, rooms) : operation.needs(input, caller);
  if (operation.furtherActions !== undefined) {
    return `${operation.furtherActions.map((action) => `\`${action}\``).join(', ')} on what is found`;
  }
  if (needs.length === 0) return operation.furtherNeeds === undefined ? 'none' : 'depends on what is found';
  return needs.map(({ action, resource }) => `\`${action}\` on \`${resource}\``).join('; ');
}

function furtherNeedsOf({ furtherNeeds }: AnyOperation<unknown>, rooms: unknown): readonly Need[] {
  const needs = furtherNeeds?.(input, caller, rooms) ?? [];
  if (needs instanceof Promise) throw new Error('the needs of this door are known at once');
  return needs;
}

function errorsOf(service: Service, operation: AnyOperation<unknown>): string {
  const codes = (operation.errors ?? []).map((kind: ErrorKind) => service.errors[kind]?.code ?? kind);
  return [...new Set(codes)].map((code) => `\`${code}\``).join(', ');
}
