// Puts the measured repository of a site that runs under another encryption, with the images that cases ask for.

import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  ECRClient,
  type ECRClientConfig,
  type EncryptionType,
} from '@aws-sdk/client-ecr';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { registryAuthorization } from '../../test/support/administrator.ts';
import { ociClient } from '../../test/support/oci-client.ts';
import { benchRepository, type GeneratedSite } from '../generate/site-plan.ts';

type Options = Parameters<typeof registryAuthorization>[0] & ECRClientConfig;

/** How a repository is encrypted; the key is made for it where it takes one. */
export type BenchEncryption = EncryptionType;

const layerBytes = 1000;

/** The repository is made anew: it then has so many images of one small layer each. */
export async function putUnder(
  encryptionType: BenchEncryption,
  options: Options,
  images: number,
): Promise<Pick<GeneratedSite, 'images' | 'layerDigest'>> {
  const [ecr, kms] = [new ECRClient(options), new KMSClient(options)];
  try {
    const repositoryName = benchRepository;
    await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    const key = encryptionType === 'AES256' ? {} : { kmsKey: await newKey(kms) };
    const encryptionConfiguration = { encryptionType, ...key };
    await ecr.send(new CreateRepositoryCommand({ repositoryName, encryptionConfiguration }));
    return await pushImages(options, images);
  } finally {
    ecr.destroy();
    kms.destroy();
  }
}

async function newKey(kms: KMSClient): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? '';
}

async function pushImages(options: Options, count: number) {
  const client = ociClient(new URL(String(options.endpoint)).host, await registryAuthorization(options));
  try {
    const layer = Buffer.alloc(layerBytes, 7);
    const layerDigest = await client.pushBlob(benchRepository, layer);
    const images = [];
    for (let index = 0; index < count; index += 1) {
      const tag = `under-${index}`;
      images.push({ tag, digest: (await client.pushImage(benchRepository, tag, [layer])).digest });
    }
    return { images, layerDigest };
  } finally {
    client.close();
  }
}
