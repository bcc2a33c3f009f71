// Which services know resource control policies: of all others' actions they say nothing (iam.md §2).

const services: ReadonlySet<string> = new Set([
  'aoss',
  'cognito-identity',
  'cognito-idp',
  'dynamodb',
  'ecr',
  'kms',
  'logs',
  's3',
  'secretsmanager',
  'sqs',
  'sts',
]);

/** `action` is `service:Name`, in any case. */
export function knowsResourceControl(action: string): boolean {
  return services.has(action.slice(0, Math.max(0, action.indexOf(':'))).toLowerCase());
}
