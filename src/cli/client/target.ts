// Which server a command talks to and as whom: flags, then environment, then profile files, as the AWS CLI looks.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '#config/config.ts';
import { profileFiles } from '../aws-profile.ts';
import { readSections } from './aws-files.ts';

export interface Target {
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: TargetCredentials;
  /** A file with the CA that the server's certificate is signed by. */
  readonly authority: string | undefined;
}

export interface TargetCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface TargetSources {
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a site on this machine keeps its data, and so the profiles that it wrote; undefined: not to be asked. */
  readonly dataFolder: string | undefined;
}

/** Throws ConfigError when the sources name no server or no credentials. */
export async function targetOf(sources: TargetSources): Promise<Target> {
  const variable = (...names: readonly string[]) => names.map((name) => sources.environment[name]).find(Boolean);
  const named = sources.profile ?? variable('AWS_PROFILE', 'AWS_DEFAULT_PROFILE');
  const files = filesOf(sources, variable);
  const profile = named ?? 'default';
  const settings = (await readSections(files.config)).get(profile) ?? new Map<string, string>();
  const secrets = (await readSections(files.credentials)).get(profile) ?? new Map<string, string>();
  const endpoint =
    sources.endpoint ?? variable('AWS_ENDPOINT_URL_SALLYPORT', 'AWS_ENDPOINT_URL') ?? settings.get('endpoint_url');
  if (endpoint === undefined) {
    throw new ConfigError(
      `No server is named: give --endpoint, set AWS_ENDPOINT_URL, or put endpoint_url into profile ${profile} of ` +
        `${files.config}.`,
    );
  }
  // A profile that was asked for by its name goes before keys that happen to be in the environment.
  const exported = sources.profile === undefined ? fromEnvironment(variable) : undefined;
  const credentials = exported ?? fromSection(secrets) ?? fromSection(settings);
  if (credentials === undefined) {
    throw new ConfigError(`There are no credentials: none in the environment, none in profile ${profile}.`);
  }
  return {
    endpoint: urlOf(endpoint),
    region: sources.region ?? variable('AWS_REGION', 'AWS_DEFAULT_REGION') ?? settings.get('region') ?? 'us-east-1',
    credentials,
    authority: variable('AWS_CA_BUNDLE') ?? settings.get('ca_bundle'),
  };
}

type Variable = (...names: readonly string[]) => string | undefined;

/** What the environment names; else what the site on this machine wrote; else the files in the home folder. */
function filesOf({ dataFolder }: TargetSources, variable: Variable) {
  const own = dataFolder === undefined ? undefined : profileFiles(dataFolder);
  const home = join(variable('HOME') ?? homedir(), '.aws');
  const inHome = { config: join(home, 'config'), credentials: join(home, 'credentials') };
  const usual = own !== undefined && existsSync(own.config) ? own : inHome;
  return {
    config: variable('AWS_CONFIG_FILE') ?? usual.config,
    credentials: variable('AWS_SHARED_CREDENTIALS_FILE') ?? usual.credentials,
  };
}

function fromEnvironment(variable: Variable): TargetCredentials | undefined {
  const sessionToken = variable('AWS_SESSION_TOKEN');
  return whole(variable('AWS_ACCESS_KEY_ID'), variable('AWS_SECRET_ACCESS_KEY'), sessionToken);
}

function fromSection(section: ReadonlyMap<string, string>): TargetCredentials | undefined {
  const sessionToken = section.get('aws_session_token');
  return whole(section.get('aws_access_key_id'), section.get('aws_secret_access_key'), sessionToken);
}

function whole(accessKeyId?: string, secretAccessKey?: string, sessionToken?: string): TargetCredentials | undefined {
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new ConfigError(`The endpoint must be an http:// or https:// address, not "${text}".`);
}
