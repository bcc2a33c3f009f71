// The composition root: hands the command line to cli/ and answers what its commands ask for.

import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { runCli } from '#cli/cli.ts';
import type { CliCommands } from '#cli/commands.ts';
import { requireSite } from '#cli/data-folder.ts';
import { firstCommands } from '#cli/first-commands.ts';
import { openSecretSource } from '#cli/secret-source.ts';
import type { Config } from '#config/config.ts';
import { accountsAtHost } from '#site/accounts-at-host.ts';
import { tuneMemory } from '#site/garbage-collection.ts';
import { type OpenRoot, openKeys } from '#site/keys/open-keys.ts';
import { openRootAsking, type RootSecrets } from '#site/keys/root-opener.ts';
import { guardMemory, revealingOptions } from '#site/memory-image.ts';
import { openSite, type Site, systemPlatform } from '#site/open-site.ts';
import { rootKeyAtHost } from '#site/root-key-at-host.ts';

guardMemory();

const checkout = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const secrets = openSecretSource(process.stdin, (text) => process.stderr.write(text));

const rootSecrets: RootSecrets = {
  next: ({ provider, id }) =>
    secrets.next(`${provider === 'shamir' ? 'A share' : 'Passphrase'} of the root key ${id} (it is not shown): `),
};

const environment = process.env;

const openRoot = (config: Config): OpenRoot =>
  openRootAsking({ config, random: systemPlatform.random, environment }, rootSecrets);

/** What is printed once a site serves: how to log in to it. */
function readyLines(config: Config, { url, managementUrl, authority }: Site): readonly string[] {
  const { host } = new URL(config.publicUrl ?? url);
  const pathVariable = environment.PATH ?? '';
  const shown = firstCommands({ dataFolder: config.data, checkout, host, pathVariable, authority });
  return [
    `Sallyport is ready at ${url}`,
    '',
    ...shown.map((command) => `  ${command}`),
    '',
    ...(managementUrl === undefined ? [] : [`Management: ${managementUrl}/readyz and /metrics`]),
    ...(authority === undefined ? [] : [`Clients must trust the local CA: ${authority}`]),
  ];
}

/** What Node was started with, on its command line and in the environment. */
const nodeOptions = () => [...process.execArgv, ...(environment['NODE_OPTIONS'] ?? '').split(/\s+/)];

// What a server with one process does not need is loaded by whoever asks for it: a start is mostly loading modules.
const commands: CliCommands = {
  async serve(config, log, signal) {
    tuneMemory();
    for (const option of revealingOptions(nodeOptions())) {
      log(`Node was started with ${option}: it shows the keys in memory to others. See SECURITY.md.`);
    }
    const options = { log, platform: systemPlatform, secrets: rootSecrets, environment, signal };
    const site = await (config.workers > 1
      ? import('#site/workers/open-workers.ts').then(({ openWorkers }) => openWorkers(config, options))
      : openSite(config, options));
    const close = () => site.close();
    const sealed = site.sealed();
    if (sealed === undefined) return { lines: readyLines(config, site), close };
    const management = site.managementUrl === undefined ? [] : [`Management: ${site.managementUrl}/readyz`];
    const opened = site.opened.then(() => readyLines(config, site));
    return { lines: [`Sallyport is sealed at ${site.url}: ${sealed}`, ...management], opened, close };
  },
  ...accountsAtHost(systemPlatform, (line) => terminal.err(line), openRoot),
  ...rootKeyAtHost({ platform: systemPlatform, log: (line) => terminal.err(line), environment, openRoot }),
  takeSecretsFrom: (fileDescriptor) => secrets.takeFrom(fileDescriptor),
  secret: (prompt) => secrets.next(prompt),
  async verifyAudit(config) {
    await requireSite(config.data);
    const { siteKey } = await openKeys(config.data, systemPlatform.random, openRoot(config));
    const { auditVerdict } = await import('#site/audit-verdict.ts');
    return auditVerdict(config.data, siteKey);
  },
  async *readAudit(config, query) {
    await requireSite(config.data);
    const { siteKey } = await openKeys(config.data, systemPlatform.random, openRoot(config));
    const { readAuditRecords } = await import('#site/audit-records.ts');
    yield* readAuditRecords(config.data, siteKey, query, systemPlatform.clock);
  },
  async openCertificates(config) {
    const { certificatesAtHost } = await import('#site/certificates-at-host.ts');
    return certificatesAtHost(config);
  },
  async verify(config, options) {
    await requireSite(config.data);
    const { verifySite } = await import('#site/verification/verify-site.ts');
    return verifySite(config, systemPlatform, { ...options, openRoot: openRoot(config) });
  },
  async doctor(config, options) {
    const { examine } = await import('#site/doctor.ts');
    return examine(config, systemPlatform, { ...options, openRoot: openRoot(config) });
  },
};

const terminal = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
};

// Whoever reads our output may have had enough of it: `sallyport config | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

if (cluster.isWorker) {
  tuneMemory();
  const { runWorker } = await import('#site/workers/run-worker.ts');
  await runWorker(systemPlatform, terminal.err);
} else {
  process.exitCode = await runCli(process.argv.slice(2), commands, terminal, process.env, process.cwd());
}
