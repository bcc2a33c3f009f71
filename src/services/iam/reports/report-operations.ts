// Reports: the credential report, and which services an entity used last.

import type * as Iam from '@aws-sdk/client-iam';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { pageOfList } from '../paging.ts';
import { noSuchEntity } from '../refusals.ts';
import type { IamRooms } from '../rooms.ts';
import type { AttachedPolicy } from '../simulation/policy-sources.ts';
import { grantingPolicies } from './granting-policies.ts';
import type { EntityAccess, ServiceAccess } from './last-accessed.ts';
import type { Granularity } from './reports.ts';
import { grantsService } from './service-grants.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html */
const generateCredentialReport = operation<typeof Iam, 'GenerateCredentialReport', IamRooms>({
  kind: 'write',
  // The report is on the whole account: policies speak of `*`.
  needs: () => [need('iam:GenerateCredentialReport', '*')],
  errors: [],
  async handle(_input, { accountId }, { reports }) {
    if (!(await reports.generateCredentials(accountId))) return { State: 'COMPLETE' as const };
    const Description = 'No report exists. Starting a new report generation task';
    return { State: 'STARTED' as const, Description };
  },
});

const getCredentialReport = operation<typeof Iam, 'GetCredentialReport', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:GetCredentialReport', '*')],
  errors: ['report-not-present', 'report-expired'],
  async handle(_input, { accountId }, { reports }) {
    const { csv, madeAtMs } = await reports.credentials(accountId);
    return { Content: csv, ReportFormat: 'text/csv' as const, GeneratedTime: new Date(madeAtMs) };
  },
});

const generateServiceLastAccessedDetails = operation<typeof Iam, 'GenerateServiceLastAccessedDetails', IamRooms>({
  kind: 'write',
  needs: ({ Arn }) => [need('iam:GenerateServiceLastAccessedDetails', Arn)],
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ Arn, Granularity: granularity = 'SERVICE_LEVEL' }, { accountId }, { reports }) {
    return { JobId: await reports.generateAccess(accountId, Arn, granularity) };
  },
});

const getServiceLastAccessedDetails = operation<typeof Iam, 'GetServiceLastAccessedDetails', IamRooms>({
  kind: 'read',
  // A report is found by its id alone, which is told to whoever was allowed to make it.
  needs: () => [need('iam:GetServiceLastAccessedDetails', '*')],
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, { accountId }, rooms) {
    const { services, granularity, madeAtMs } = await rooms.reports.access(accountId, input.JobId);
    const list = { all: services, keyOf: ({ namespace }: ServiceAccess) => namespace };
    const { items, ...page } = pageOfList(rooms, `GetServiceLastAccessedDetails/${input.JobId}`, input, list);
    const ServicesLastAccessed = items.map((service) => serviceView(service, granularity));
    return { ...jobView(madeAtMs), JobType: granularity, ServicesLastAccessed, ...page };
  },
});

const getServiceLastAccessedDetailsWithEntities = operation<
  typeof Iam,
  'GetServiceLastAccessedDetailsWithEntities',
  IamRooms
>({
  kind: 'read',
  needs: () => [need('iam:GetServiceLastAccessedDetailsWithEntities', '*')],
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, { accountId }, rooms) {
    const { JobId, ServiceNamespace: wanted } = input;
    const { services, madeAtMs } = await rooms.reports.access(accountId, JobId);
    const service = services.find(({ namespace }) => namespace === wanted);
    if (service === undefined) throw noSuchEntity(`The service ${wanted} in the report`);
    const all = service.entities.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    const scope = `GetServiceLastAccessedDetailsWithEntities/${JobId}/${wanted}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all, keyOf: ({ id }) => id });
    return { ...jobView(madeAtMs), EntityDetailsList: items.map(entityView), ...page };
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html */
const listPoliciesGrantingServiceAccess = operation<typeof Iam, 'ListPoliciesGrantingServiceAccess', IamRooms>({
  kind: 'read',
  needs: ({ Arn }) => [need('iam:ListPoliciesGrantingServiceAccess', Arn)],
  errors: ['validation-failed', 'invalid-input', 'no-such-entity'],
  async handle(input, { accountId }, rooms) {
    const { Arn, ServiceNamespaces } = input;
    const policies = await grantingPolicies(rooms.simulation, accountId, Arn);
    const list = { all: [...new Set(ServiceNamespaces)].toSorted(), keyOf: (namespace: string) => namespace };
    const { items, ...page } = pageOfList(rooms, `ListPoliciesGrantingServiceAccess/${Arn}`, input, list);
    const PoliciesGrantingServiceAccess = items.map((ServiceNamespace) => {
      const Policies = policies.filter(({ document }) => grantsService(document, ServiceNamespace)).map(policyView);
      return { ServiceNamespace, Policies };
    });
    return { PoliciesGrantingServiceAccess, ...page };
  },
});

export const reportOperations = {
  GenerateCredentialReport: generateCredentialReport,
  GetCredentialReport: getCredentialReport,
  GenerateServiceLastAccessedDetails: generateServiceLastAccessedDetails,
  GetServiceLastAccessedDetails: getServiceLastAccessedDetails,
  GetServiceLastAccessedDetailsWithEntities: getServiceLastAccessedDetailsWithEntities,
  ListPoliciesGrantingServiceAccess: listPoliciesGrantingServiceAccess,
};

const serviceNames: Readonly<Record<string, string>> = {
  ecr: 'Amazon Elastic Container Registry',
  iam: 'AWS Identity and Access Management',
  kms: 'AWS Key Management Service',
  organizations: 'AWS Organizations',
  sts: 'AWS Security Token Service',
  sallyport: 'Sallyport',
};

/** A report is made within the call that asks for it: whoever knows its id finds it complete. */
function jobView(madeAtMs: number) {
  const at = new Date(madeAtMs);
  return { JobStatus: 'COMPLETED' as const, JobCreationDate: at, JobCompletionDate: at };
}

function serviceView({ namespace, last, actions, entities }: ServiceAccess, granularity: Granularity) {
  const used = last && {
    LastAuthenticated: new Date(last.atMs),
    LastAuthenticatedEntity: last.arn,
    LastAuthenticatedRegion: last.region,
  };
  const tracked = actions.map(({ name, arn, atMs, region }) => ({
    ActionName: name,
    LastAccessedEntity: arn,
    LastAccessedTime: new Date(atMs),
    LastAccessedRegion: region,
  }));
  return {
    ServiceName: serviceNames[namespace] ?? namespace,
    ServiceNamespace: namespace,
    ...used,
    TotalAuthenticatedEntities: entities.filter(({ atMs }) => atMs !== undefined).length,
    ...(granularity === 'ACTION_LEVEL' ? { TrackedActionsLastAccessed: tracked } : {}),
  };
}

function entityView({ arn: Arn, name: Name, type: Type, id: Id, path: Path, atMs }: EntityAccess) {
  return {
    EntityInfo: { Arn, Name, Type, Id, Path },
    ...(atMs === undefined ? {} : { LastAuthenticated: new Date(atMs) }),
  };
}

/** A managed policy is called by its ARN; an inline one has none, and is told with whom it belongs to. */
function policyView({ document: { name }, owner }: AttachedPolicy) {
  if (name.startsWith('arn:')) {
    return { PolicyName: name.slice(name.lastIndexOf('/') + 1), PolicyType: 'MANAGED' as const, PolicyArn: name };
  }
  const EntityType = entityTypes[owner.kind];
  return { PolicyName: name, PolicyType: 'INLINE' as const, EntityType, EntityName: owner.name };
}

const entityTypes = { user: 'USER', group: 'GROUP', role: 'ROLE' } as const;
