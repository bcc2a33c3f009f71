// A whole site in this process, on a free port and a temporary data folder, with official SDK clients to talk to it.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECRClient } from '@aws-sdk/client-ecr';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { type Credentials, STSClient } from '@aws-sdk/client-sts';
import { openRecord } from '../../src/audit/open-records.ts';
import { hasSealed } from '../../src/audit/sealed-documents.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openFileRoot, openKeys } from '../../src/site/keys/open-keys.ts';
import { documentKeyOf } from '../../src/site/open-audit-log.ts';
import { openSite, type Site, systemPlatform } from '../../src/site/open-site.ts';
import type { Platform } from '../../src/site/stores.ts';
import { type AdministratorOptions, administratorOf, registryAuthorization } from './administrator.ts';
import { type OciClient, ociClient } from './oci-client.ts';

/** Everything one caller can do from a test. */
export interface HouseUser {
  readonly options: AdministratorOptions;
  readonly ecr: ECRClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly sts: STSClient;
  /** An OCI client with a fresh registry token of this user. */
  oci(): Promise<OciClient>;
}

export interface AuditRecord {
  readonly eventName: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestID: string;
  readonly readOnly: boolean;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly responseElements: Readonly<Record<string, unknown>> | null;
  readonly resources?: ReadonlyArray<{ readonly ARN: string; readonly accountId: string }>;
  readonly userIdentity: Readonly<Record<string, unknown>>;
  readonly sourceIPAddress: string;
  readonly awsRegion: string;
  readonly additionalEventData?: Readonly<Record<string, unknown>>;
}

export interface House {
  readonly site: Site;
  readonly url: string;
  readonly host: string;
  readonly dataFolder: string;
  readonly administrator: HouseUser;
  /** Lines of the operator's log so far. */
  readonly log: readonly string[];
  /** A user with managed policies (by name) and an inline policy of these statements. */
  user(name: string, managed: readonly string[], statements?: readonly object[]): Promise<HouseUser>;
  /** Whoever has these options. */
  as(options: AdministratorOptions): HouseUser;
  /** Whoever has these temporary credentials. */
  session(credentials: Credentials | undefined): HouseUser;
  /** Every audit record so far, oldest first; waits until what is queued is written. */
  auditRecords(): Promise<readonly AuditRecord[]>;
  /** Stops the site; the folder stays until `dispose`. */
  stop(): Promise<void>;
  dispose(): Promise<void>;
}

/** `yaml` is the text of a configuration file, without data and listen; the platform is the system's when left out. */
export async function openHouse(yaml = '', platform: Platform = systemPlatform): Promise<House> {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-house-'));
  const dataFolder = join(root, 'data');
  const file = join(root, 'sallyport.yaml');
  await writeFile(file, `${yaml}\n`);
  const flags = { '--data': dataFolder, '--listen': '127.0.0.1:0', '--config': file };
  const { config } = loadConfig({ flags, environment: {}, workingFolder: root });
  const log: string[] = [];
  const site = await openSite(config, { log: (line) => log.push(line), platform });
  const closers: Array<() => void> = [];
  const userOf = (options: AdministratorOptions) => houseUser(site, options, closers);
  const administrator = userOf(await administratorOf(dataFolder, site.url));
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    for (const close of closers) close();
    await site.close();
  };
  return {
    site,
    url: site.url,
    host: new URL(site.url).host,
    dataFolder,
    administrator,
    log,
    stop,
    user: async (name, managed, statements = []) => userOf(await makeUser(administrator, name, managed, statements)),
    as: userOf,
    session: ({ AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = {} as Credentials) =>
      userOf({
        ...administrator.options,
        credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
      }),
    auditRecords: () => readAudit(dataFolder),
    async dispose() {
      await stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function houseUser(site: Site, options: AdministratorOptions, closers: Array<() => void>): HouseUser {
  const ecr = new ECRClient(options);
  const iam = new IAMClient(options);
  const kms = new KMSClient(options);
  const sts = new STSClient(options);
  closers.push(
    () => ecr.destroy(),
    () => iam.destroy(),
    () => kms.destroy(),
    () => sts.destroy(),
  );
  return {
    options,
    ecr,
    iam,
    kms,
    sts,
    async oci() {
      const client = ociClient(new URL(site.url).host, await registryAuthorization(options));
      closers.push(() => client.close());
      return client;
    },
  };
}

async function makeUser(
  { iam, options }: HouseUser,
  UserName: string,
  managed: readonly string[],
  statements: readonly object[],
): Promise<AdministratorOptions> {
  await iam.send(new CreateUserCommand({ UserName }));
  for (const name of managed) {
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: `arn:aws:iam::aws:policy/${name}` }));
  }
  if (statements.length > 0) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'test', PolicyDocument }));
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  return { ...options, credentials: { accessKeyId, secretAccessKey } };
}

/** Reads are queued for at most 100 ms: the log is read again until it has been still for longer than that. */
async function readAudit(dataFolder: string): Promise<readonly AuditRecord[]> {
  let last = '';
  for (;;) {
    const text = await auditText(dataFolder);
    if (text === last && text !== '') break;
    last = text;
    // The audit promises 100 ms and says nothing when it has written: looking again later is all a reader can do.
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  const lines = last.split('\n').filter((line) => line.startsWith('{"eventVersion"'));
  const isOpen = !lines.some(hasSealed);
  return isOpen ? lines.map((line) => JSON.parse(line) as AuditRecord) : openedRecords(dataFolder, lines);
}

/** Policies are sealed in the files: tests look at records as `sallyport audit read` shows them. */
async function openedRecords(dataFolder: string, lines: readonly string[]): Promise<readonly AuditRecord[]> {
  const { siteKey } = await openKeys(dataFolder, systemPlatform.random, openFileRoot);
  const key = documentKeyOf(siteKey);
  return lines.map((line) => {
    const opened = openRecord(Buffer.from(line), key);
    if (opened === undefined || opened.unopened.length > 0) throw new Error(`a record does not open: ${line}`);
    return opened.record as Readonly<Record<string, unknown>> & AuditRecord;
  });
}

async function auditText(dataFolder: string): Promise<string> {
  const folder = join(dataFolder, 'audit');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}
