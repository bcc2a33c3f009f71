// Every ECR operation that is served, by JS SDK, boto3 and aws CLI, with each documented error as a typed exception.

import type { ClientSite } from '../client-site.ts';
import type { ClientTest } from '../client-test.ts';
import { ecrCaller } from './caller.ts';
import { type EcrDriver, pythonDriver, sdkDriver } from './driver.ts';
import { useImages } from './images.ts';
import { useLayers } from './layers.ts';
import { deleteRepositories, useRepositories } from './repositories.ts';

export const jsSdkOperations: ClientTest = {
  name: 'JS SDK: every operation',
  programs: [],
  run: async (site) => useEverything(site, await sdkDriver(site), 'every/sdk'),
};

export const boto3Operations: ClientTest = {
  name: 'boto3: every operation',
  programs: ['aws', 'python3'],
  run: (site) => useEverything(site, pythonDriver(site, 'boto3'), 'every/boto3'),
};

export const awsCliOperations: ClientTest = {
  name: 'aws CLI: every operation',
  programs: ['aws', 'python3'],
  run: (site) => useEverything(site, pythonDriver(site, 'cli'), 'every/cli'),
};

async function useEverything(site: ClientSite, driver: EcrDriver, repositoryName: string): Promise<void> {
  const ecr = ecrCaller(driver);
  try {
    await useRepositories(ecr, repositoryName);
    await useLayers(ecr, repositoryName);
    await useImages(ecr, site, repositoryName);
    await deleteRepositories(ecr, repositoryName);
    ecr.assertComplete();
  } finally {
    driver.close();
  }
}
