// The services that have a key of AWS's own in each account and region: one line a service.

import type { RegistryRef } from '#core/account.ts';

interface ManagedService {
  readonly description: string;
  /** What its policy calls it. */
  readonly title: string;
}

const services: Readonly<Record<string, ManagedService>> = {
  ecr: {
    description: 'Default key that protects my ECR data when no other key is defined',
    title: 'Amazon ECR',
  },
};

/** In the order of their names. */
export const managedAliases: readonly string[] = Object.keys(services)
  .sort((one, other) => (one < other ? -1 : 1))
  .map((name) => `alias/aws/${name}`);

export interface ManagedKeyForm {
  readonly description: string;
  readonly policy: string;
}

/** What the key of an alias is made with; undefined for an alias of no service. */
export function managedKeyForm(alias: string, { accountId, region }: RegistryRef): ManagedKeyForm | undefined {
  const name = /^alias\/aws\/(.+)$/.exec(alias)?.[1] ?? '';
  const service = Object.hasOwn(services, name) ? services[name] : undefined;
  if (service === undefined) return undefined;
  const { title, description } = service;
  const use = {
    Sid: `Allow access through ${title} for all principals in the account that are authorized to use ${title}`,
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: [
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ReEncrypt*',
      'kms:GenerateDataKey*',
      'kms:CreateGrant',
      'kms:RetireGrant',
      'kms:DescribeKey',
    ],
    Resource: '*',
    Condition: {
      StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': `${name}.${region}.amazonaws.com` },
    },
  };
  const look = {
    Sid: 'Allow direct access to key metadata to the account',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
    Resource: '*',
  };
  return {
    description,
    policy: JSON.stringify({ Version: '2012-10-17', Id: `auto-${name}-1`, Statement: [use, look] }),
  };
}
