// The services that have roles of their own here: the name of the role and the policy that it comes with (iam.md §4).

export interface LinkedService {
  readonly roleName: string;
  readonly policyArn: string;
  readonly description: string;
}

const policy = (name: string): string => `arn:aws:iam::aws:policy/aws-service-role/${name}`;

export const linkedServices: ReadonlyMap<string, LinkedService> = new Map([
  [
    'replication.ecr.amazonaws.com',
    {
      roleName: 'AWSServiceRoleForECRReplication',
      policyArn: policy('ECRReplicationServiceRolePolicy'),
      description: 'Lets the registry replicate images to other regions and accounts.',
    },
  ],
  [
    'pullthroughcache.ecr.amazonaws.com',
    {
      roleName: 'AWSServiceRoleForECRPullThroughCache',
      policyArn: policy('AWSECRPullThroughCache_ServiceRolePolicy'),
      description: 'Lets the registry keep what is pulled through it from other registries.',
    },
  ],
  [
    'ecr.amazonaws.com',
    {
      roleName: 'AWSServiceRoleForECRTemplate',
      policyArn: policy('ECRTemplateServiceRolePolicy'),
      description: 'Lets the registry create repositories by their templates.',
    },
  ],
]);
