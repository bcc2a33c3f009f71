// The AWS-managed policies that are served, as data (iam.md §4).

export interface ManagedPolicy {
  readonly name: string;
  readonly arn: string;
  /** `/`, or where the policies of service-linked roles stand: `/aws-service-role/`. */
  readonly path: string;
  readonly description: string;
  readonly document: string;
}

const readOnly = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetRepositoryPolicy',
  'ecr:DescribeRepositories',
  'ecr:ListImages',
  'ecr:DescribeImages',
  'ecr:BatchGetImage',
  'ecr:GetLifecyclePolicy',
  'ecr:GetLifecyclePolicyPreview',
  'ecr:ListTagsForResource',
  'ecr:DescribeImageScanFindings',
];
const push = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'];
const pull = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchImportUpstreamImage',
];

const replicationRole = {
  Effect: 'Allow',
  Action: ['iam:CreateServiceLinkedRole'],
  Resource: '*',
  Condition: { StringEquals: { 'iam:AWSServiceName': ['replication.ecr.amazonaws.com'] } },
};

function allow(actions: string | readonly string[], resource = '*') {
  return { Effect: 'Allow', Action: actions, Resource: resource };
}

function managed(name: string, description: string, statements: readonly object[], path = '/'): ManagedPolicy {
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 4);
  return { name, arn: `arn:aws:iam::aws:policy${path}${name}`, path, description, document };
}

const ofServices = '/aws-service-role/';
const cacheSecrets = {
  ...allow(['secretsmanager:GetSecretValue'], 'arn:aws:secretsmanager:*:*:secret:ecr-pullthroughcache/*'),
  Condition: { StringEquals: { 'aws:ResourceAccount': '${aws:PrincipalAccount}' } },
};

const list: readonly ManagedPolicy[] = [
  managed('AdministratorAccess', 'Provides full access to services and resources.', [allow('*')]),
  managed('AmazonEC2ContainerRegistryFullAccess', 'Provides administrative access to the registry.', [
    allow(['ecr:*', 'cloudtrail:LookupEvents']),
    replicationRole,
  ]),
  managed('AmazonEC2ContainerRegistryPowerUser', 'Pulls and pushes images; changes no policy and deletes nothing.', [
    allow([...readOnly, ...push]),
  ]),
  managed('AmazonEC2ContainerRegistryPullOnly', 'Pulls images.', [allow(pull)]),
  managed('AmazonEC2ContainerRegistryReadOnly', 'Reads repositories and pulls images.', [allow(readOnly)]),
  managed(
    'AWSECRPullThroughCache_ServiceRolePolicy',
    'Lets the registry keep what is pulled through it.',
    [
      allow([
        ...['ecr:GetAuthorizationToken', 'ecr:BatchCheckLayerAvailability', ...push],
        ...[
          'ecr:BatchGetImage',
          'ecr:BatchImportUpstreamImage',
          'ecr:GetDownloadUrlForLayer',
          'ecr:GetImageCopyStatus',
        ],
      ]),
      cacheSecrets,
    ],
    ofServices,
  ),
  managed(
    'ECRReplicationServiceRolePolicy',
    'Lets the registry replicate images.',
    [allow(['ecr:CreateRepository', 'ecr:ReplicateImage'])],
    ofServices,
  ),
  managed(
    'ECRTemplateServiceRolePolicy',
    'Lets the registry create repositories by their templates.',
    [{ Sid: 'CreateRepositoryWithTemplate', ...allow(['ecr:CreateRepository']) }],
    ofServices,
  ),
];

/** By ARN. */
export const managedPolicies: ReadonlyMap<string, ManagedPolicy> = new Map(list.map((policy) => [policy.arn, policy]));
