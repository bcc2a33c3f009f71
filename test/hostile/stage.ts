// A server process with something to lose: repositories, an image, users of every kind, and eyes on what it stores.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRepositoryCommand, ECRClient, GetDownloadUrlForLayerCommand } from '@aws-sdk/client-ecr';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type AdministratorOptions, administratorOf, registryAuthorization } from '../support/administrator.ts';
import { type OciClient, ociClient, type PushedImage } from '../support/oci-client.ts';
import { runCommand } from '../support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from '../support/server-process.ts';

export interface Credential {
  readonly options: AdministratorOptions;
  /** The Authorization header of the OCI door. */
  readonly token: string;
}

export interface Stage {
  readonly server: ServerProcess;
  readonly managementHost: string;
  readonly credentials: Readonly<
    Record<'administrator' | 'member' | 'nobody' | 'deleted' | 'other-account', Credential>
  >;
  /** An honest caller of `team/app`. */
  readonly honest: OciClient;
  readonly image: PushedImage;
  readonly places: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

export const repository = 'team/app';

/** Slow clients are ended soon, so that a case can wait for it; wrong credentials are judged one by one. */
export const hostileSettings =
  'connections: {headSeconds: 1.2, slowSeconds: 1.2}\nrequests: {refusalDelaySecondsMax: 0}';

/** `yaml` is added to the configuration. */
export async function openStage(yaml = ''): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-hostile-'));
  const file = join(folder, 'sallyport.yaml');
  await writeFile(file, `regions: [us-east-1, eu-west-1]\n${yaml}\n`);
  const dataFolder = join(folder, 'data');
  const server = await startServer({ dataFolder, args: ['--config', file] });
  const options = await administratorOf(dataFolder, server.url);
  const administrator = { options, token: await registryAuthorization(options) };
  const ecr = new ECRClient(options);
  const iam = new IAMClient(options);
  for (const repositoryName of [repository, 'team/other', 'secret/app']) {
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  }
  const power = 'AmazonEC2ContainerRegistryPowerUser';
  const member = await makeUser(iam, options, 'member', power);
  const nobody = await makeUser(iam, options, 'nobody', undefined);
  const deleted = await makeUser(iam, options, 'deleted', power);
  await deleteUser(iam, 'deleted', deleted.options.credentials.accessKeyId, power);
  const honest = ociClient(server.host, member.token);
  const image = await honest.pushImage(repository, 'one', [Buffer.alloc(100_000, 'layer ')]);
  const [, layer = ''] = image.layers.map((bytes) => digestOfLayer(image, bytes));
  const { downloadUrl = '' } = await ecr.send(
    new GetDownloadUrlForLayerCommand({ repositoryName: repository, layerDigest: layer }),
  );
  ecr.destroy();
  iam.destroy();
  const managementHost = await managementOf(server);
  return {
    server,
    managementHost,
    credentials: { administrator, member, nobody, deleted, 'other-account': await otherAccount(server) },
    honest,
    image,
    places: {
      host: server.host,
      repository,
      digest: image.digest,
      layer,
      download: new URL(downloadUrl).pathname,
      authorization: member.token,
      token: Buffer.from(member.token.slice('Basic '.length), 'base64').toString().slice('AWS:'.length),
      'token-cut': member.token.slice(0, -8),
      'token-changed': changed(member.token, -6),
      'token-shifted': changed(member.token, 20),
      account: await accountOf(options),
      management: managementHost,
    },
    async dispose() {
      honest.close();
      await server.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The base64 text with one sign replaced by another one. */
function changed(text: string, at: number): string {
  const index = at < 0 ? text.length + at : at;
  return `${text.slice(0, index)}${text.charAt(index) === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`;
}

async function accountOf(options: AdministratorOptions): Promise<string> {
  const client = new STSClient(options);
  const { Account = '' } = await client.send(new GetCallerIdentityCommand({}));
  client.destroy();
  return Account;
}

/** The line comes right after the one that says the server is ready. */
async function managementOf({ lines }: ServerProcess): Promise<string> {
  for (;;) {
    const found = lines.map((line) => /^Management: http:\/\/(\S+?)\//.exec(line)?.[1]).find(Boolean);
    if (found !== undefined) return found;
    // The output of the process is all there is to wait for.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function digestOfLayer({ manifest }: PushedImage, bytes: Buffer): string {
  const { config, layers } = JSON.parse(manifest.toString()) as {
    config: { digest: string; size: number };
    layers: Array<{ digest: string; size: number }>;
  };
  return [config, ...layers].find(({ size }) => size === bytes.length)?.digest ?? '';
}

async function makeUser(iam: IAMClient, options: AdministratorOptions, UserName: string, policy: string | undefined) {
  await iam.send(new CreateUserCommand({ UserName }));
  const token = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [token] });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'token', PolicyDocument }));
  if (policy !== undefined) {
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: `arn:aws:iam::aws:policy/${policy}` }));
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const own = { ...options, credentials: { accessKeyId, secretAccessKey } };
  return { options: own, token: await registryAuthorization(own) };
}

async function deleteUser(iam: IAMClient, UserName: string, AccessKeyId: string, policy: string): Promise<void> {
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'token' }));
  await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: `arn:aws:iam::aws:policy/${policy}` }));
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  await iam.send(new DeleteUserCommand({ UserName }));
}

async function otherAccount(server: ServerProcess): Promise<Credential> {
  const args = ['account', 'create', '--name', 'other', '--json', '--data', server.dataFolder];
  const made = await runCommand(process.execPath, [join(checkoutFolder, 'src/main.ts'), ...args]);
  const { profile } = JSON.parse(made.stdout) as { profile: string };
  const options = await administratorOf(server.dataFolder, server.url, profile);
  return { options, token: await registryAuthorization(options) };
}
