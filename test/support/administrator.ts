// The administrator of a started server, for tests: options for the official SDK, and a registry password.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';

export interface AdministratorOptions {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly maxAttempts: 1;
}

/** SDK client options of a profile in the server's own credentials file. */
export async function administratorOf(dataFolder: string, url: string, profile = 'default') {
  const text = await readFile(join(dataFolder, 'aws/credentials'), 'utf8');
  const section = text.split(/^\[/m).find((part) => part.startsWith(`${profile}]`)) ?? '';
  const value = (name: string) => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(section)?.[1] ?? '';
  const credentials = {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
  };
  const options: AdministratorOptions = { region: 'us-east-1', endpoint: url, credentials, maxAttempts: 1 };
  return options;
}

/** The value of an Authorization header for the OCI door. */
export async function registryAuthorization(options: AdministratorOptions): Promise<string> {
  const client = new ECRClient(options);
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  client.destroy();
  return `Basic ${authorizationData?.[0]?.authorizationToken}`;
}
