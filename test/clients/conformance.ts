// The OCI conformance program, version 1.1 with every option on: no failure, and no skip but sparse data.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutFolder } from '../support/server-process.ts';
import type { ClientTest } from './client-test.ts';

export const conformance: ClientTest = {
  name: 'OCI conformance',
  programs: ['conformance', 'aws'],
  async run(site) {
    await site.createRepository('conformance/repo1');
    await site.createRepository('conformance/repo2');
    const results = join(checkoutFolder, 'reports/conformance');
    await mkdir(results, { recursive: true });
    const env = {
      OCI_REGISTRY: site.host,
      OCI_TLS: 'disabled',
      OCI_REPO1: 'conformance/repo1',
      OCI_REPO2: 'conformance/repo2',
      OCI_USERNAME: 'AWS',
      OCI_PASSWORD: await site.password(),
      OCI_VERSION: '1.1',
      OCI_RESULTS_DIR: results,
      OCI_API_BLOBS_DIGEST_HEADER: 'true',
      OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
      OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
      OCI_API_MANIFESTS_TAG_PARAM: 'true',
      OCI_DATA_SHA512: 'true',
      OCI_DATA_EMPTY_BLOB: 'true',
    };
    const { code, stdout } = await site.run('conformance', [], { env, codes: [0, 1] });
    const counts = await readCounts(join(results, 'junit.xml'));
    assert.equal(counts.failures + counts.errors, 0, `conformance failures, see ${results}\n${stdout.slice(-4000)}`);
    assert.equal(code, 0, stdout.slice(-4000));
    assert.ok(counts.tests > 500, `only ${counts.tests} tests ran`);
    assert.deepEqual(
      counts.skipped.filter((name) => !/sparse/i.test(name)),
      [],
      'skipped',
    );
  },
};

async function readCounts(file: string) {
  const xml = await readFile(file, 'utf8');
  const total = (name: string) => Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const skipped = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g)].map((match) => match[1] ?? '');
  return { tests: total('tests'), failures: total('failures'), errors: total('errors'), skipped };
}
