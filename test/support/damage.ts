// A site with a little of everything, to be damaged on purpose, and its verification in this process.

import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateRepositoryCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { loadConfig } from '../../src/config/load.ts';
import type { FindingsReport } from '../../src/core/findings.ts';
import { systemPlatform } from '../../src/site/open-site.ts';
import { verifySite } from '../../src/site/verification/verify-site.ts';
import type { House } from './house.ts';
import type { OciClient, PushedImage } from './oci-client.ts';

export const repositoryName = 'team/app';
export const layerBytes = 1_500_000;

export interface FilledHouse {
  readonly oci: OciClient;
  readonly image: PushedImage;
}

/** A repository with a policy, an image under two tags, a user with keys and a policy, and a half-made upload. */
export async function fillHouse(house: House): Promise<FilledHouse> {
  const { ecr } = house.administrator;
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const statement = { Effect: 'Deny', Principal: '*', Action: 'ecr:DeleteRepository' };
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
  await house.user(
    'reader',
    ['AmazonEC2ContainerRegistryReadOnly'],
    [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }],
  );
  const oci = await house.administrator.oci();
  const image = await oci.pushImage(repositoryName, 'one', [randomBytes(layerBytes), randomBytes(10)]);
  await oci.pushImage(repositoryName, 'two', image.layers);
  const started = await oci.send('POST', `/v2/${repositoryName}/blobs/uploads/`, Buffer.alloc(0));
  const { pathname, search } = new URL(started.headers.location ?? '', house.url);
  await oci.send('PATCH', `${pathname}${search}`, randomBytes(5000));
  return { oci, image };
}

/** As the command line does it, without a wait between two looks. */
export function verifyFolder(dataFolder: string, readsBytes = true): Promise<FindingsReport> {
  const flags = { '--data': dataFolder };
  const { config } = loadConfig({ flags, environment: {}, workingFolder: dataFolder });
  return verifySite(config, systemPlatform, { readsBytes, againMs: 0 });
}

export interface FoundFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/** The files below a folder that have bytes, by name. */
export async function filesBelow(folder: string): Promise<readonly FoundFile[]> {
  const names = (await readdir(folder, { recursive: true })).toSorted();
  const found: FoundFile[] = [];
  for (const name of names) {
    const { size, isFile } = await stat(join(folder, name)).then((it) => ({ size: it.size, isFile: it.isFile() }));
    if (isFile && size > 0) found.push({ name, sizeBytes: size });
  }
  return found;
}
