// Inputs that an operation would take, so that a case can have exactly one thing wrong.

import { type ServiceSchema, shapeOf } from '../../../src/wire/schema.ts';

export type Input = Record<string, unknown>;

const digest = `sha256:${'ab'.repeat(32)}`;

/** Nothing of these exists: an input that is taken after all must change nothing. */
const samples: Readonly<Record<string, unknown>> = {
  repositoryName: 'no/such',
  layerDigests: [digest],
  layerDigest: digest,
  imageIds: [{ imageTag: 'none' }],
  uploadId: '00000000-0000-4000-8000-000000000000',
  partFirstByte: 0,
  partLastByte: 4,
  layerPartBlob: Buffer.from('hello').toString('base64'),
  imageManifest: '{}',
  resourceArn: 'arn:aws:ecr:us-east-1:000000000000:repository/no/such',
  tags: [],
  tagKeys: ['key'],
  Key: 'key',
  imageTagMutability: 'MUTABLE',
  imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'a*' }],
  filterType: 'WILDCARD',
  filter: 'a*',
  encryptionType: 'AES256',
  policyText: '{}',
  subjectId: { imageDigest: digest },
  imageDigest: digest,
  Tags: [{ Key: 'key', Value: '' }],
  TagKeys: ['key'],
  PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly',
  AccountAlias: 'sample-of-an-alias',
  UserName: 'nobody-of-this-name',
  Operations: ['Encrypt'],
  ActionNames: ['ecr:PutImage'],
  PolicyInputList: ['{}'],
  PolicySourceArn: 'arn:aws:iam::000000000000:user/nobody-of-this-name',
  SerialNumber: 'arn:aws:iam::000000000000:mfa/none',
  AuthenticationCode1: '123456',
  AuthenticationCode2: '654321',
  ThumbprintList: ['0123456789abcdef0123456789abcdef01234567'],
  JobId: '00000000-0000-4000-8000-000000000000',
  Arn: 'arn:aws:iam::000000000000:user/nobody-of-this-name',
  ServiceNamespaces: ['ecr'],
  ServiceNamespace: 'ecr',
  PolicyName: 'none',
  PolicyArn: 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly',
  PolicyDocument: '{}',
  Url: 'https://no-such.example.com',
  OpenIDConnectProviderArn: 'arn:aws:iam::000000000000:oidc-provider/no-such.example.com',
  RoleArn: 'arn:aws:iam::000000000000:role/no-such',
  RoleSessionName: 'none',
  WebIdentityToken: 'e30.e30.none',
  AccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  Status: 'Inactive',
  VersionId: 'v1',
  PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly' }],
};

/** The required members of a shape, each with a value that it takes. */
export function sampleInput(schema: ServiceSchema, shapeName: string | null): Input {
  if (shapeName === null) return {};
  const shape = shapeOf(schema, shapeName);
  if (shape.type !== 'structure') return {};
  const required = Object.entries(shape.members).filter(([, member]) => member.required === true);
  return Object.fromEntries(required.map(([name, { target }]) => [name, samples[name] ?? anyOf(schema, target)]));
}

/** Of a list one item. */
function anyOf(schema: ServiceSchema, target: string): unknown {
  return schema.shapes[target]?.type === 'list' ? ['sample'] : 'sample';
}

/** A value for one member, wherever it stands. */
export function sampleOf(name: string): unknown {
  return samples[name] ?? 'sample';
}
