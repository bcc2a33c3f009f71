// `npm run test:clients`: real clients against a started server. Installs what it needs and says what it could not run.

import { test } from 'node:test';
import { readArguments, refuse } from '../support/command-line.ts';
import { awsAccess } from './aws-access.ts';
import { awsCli } from './aws-cli.ts';
import { awsExplain } from './aws-explain.ts';
import { awsIam } from './aws-iam.ts';
import { awsKms } from './aws-kms.ts';
import { awsOrganizations } from './aws-organizations.ts';
import { awsSts } from './aws-sts.ts';
import { openClientSite } from './client-site.ts';
import { conformance } from './conformance.ts';
import { buildah, podman, skopeo } from './containers.ts';
import { docker } from './docker.ts';
import { dockerKms } from './docker-kms.ts';
import { awsCliOperations, boto3Operations, jsSdkOperations } from './ecr-operations/every-operation.ts';
import { cosign, crane, helm, oras, regctl } from './go-clients.ts';
import { keyless } from './keyless.ts';
import { kmsSigning } from './kms-signing.ts';
import { softHsm } from './soft-hsm.ts';
import { installTools } from './tools.ts';

const operations = [jsSdkOperations, boto3Operations, awsCliOperations];
const containers = [docker, dockerKms, podman, skopeo, buildah, keyless];
const all = [
  ...operations,
  awsCli,
  awsAccess,
  awsExplain,
  awsIam,
  awsKms,
  awsOrganizations,
  kmsSigning,
  awsSts,
  conformance,
  ...containers,
  crane,
  regctl,
  oras,
  cosign,
  helm,
  softHsm,
];
const names = all.map(({ name }) => name);
const usage = `
npm run test:clients [-- NAME…]

Without a name all of them:
${names.map((name) => `  ${name}`).join('\n')}`;

const { positionals: wanted } = readArguments(usage, { allowPositionals: true, options: {} });
const unknown = wanted.find((name) => !names.includes(name));
if (unknown !== undefined) refuse(`There is no client ${unknown}`);
const clients = all.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const programs = [...new Set(clients.flatMap((client) => client.programs))];
const tools = await installTools(programs, (line) => console.log(`# ${line}`));
const site = await openClientSite(tools);

await test('real clients', { concurrency: false }, async (group) => {
  for (const client of clients) {
    const missing = client.programs.filter((program) => tools.find(program) === undefined);
    const reasons = missing.map((program) => `${program}: ${tools.missing.get(program)}`).join('; ');
    await group.test(client.name, { skip: missing.length > 0 && reasons }, () => client.run(site));
  }
});

for (const [program, reason] of tools.missing) console.log(`# could not run ${program}: ${reason}`);
await site.dispose();
