// A deleted key is gone for every path and from every file, and its certificate says so to whoever has the public key.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import { CreateAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam';
import * as Kms from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { ApiError } from '../src/cli/client/call.ts';
import { openSite, type Site, systemPlatform } from '../src/site/open-site.ts';
import { verifySite } from '../src/site/verification/verify-site.ts';
import { administratorOf } from './support/administrator.ts';
import {
  configOf,
  filesWith,
  issued,
  newImage,
  newKey,
  openLater,
  runAlone,
  wrappedPieces,
} from './support/deleted-key.ts';
import { type House, openHouse } from './support/house.ts';
import { callAs, runAs } from './support/sallyport-client.ts';

const isRefused = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code;

describe('the certificate of a deleted key', { timeout: 120_000 }, () => {
  let house: House;
  let site: Site;
  let papers: string;
  let certificateId: string;
  let options: Awaited<ReturnType<typeof administratorOf>>;
  const repositories: Readonly<Record<string, 'KMS' | 'KMS_DSSE'>> = { 'going/one': 'KMS', 'going/twice': 'KMS_DSSE' };
  const digests: Record<string, string> = {};
  let [going, staying] = ['', ''];
  const paper = (name: string) => join(papers, name);
  const administrator = () => ({ ...house.administrator, options });

  before(async () => {
    papers = await mkdtemp(join(tmpdir(), 'sallyport-papers-'));
    house = await openHouse();
    [going, staying] = [await newKey(house.administrator), await newKey(house.administrator)];
    for (const [name, type] of Object.entries(repositories)) {
      digests[name] = await newImage(house.administrator, name, going, type);
    }
    digests['staying'] = await newImage(house.administrator, 'staying', staying);
    const oci = await house.administrator.oci();
    // An upload that never ends lies under the key as well.
    assert.equal((await oci.send('POST', '/v2/going/one/blobs/uploads/')).status, 202);
    await house.user('clerk', [], []);
    await house.administrator.kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId: going, PendingWindowInDays: 7 }));
    await house.stop();
    const pieces = wrappedPieces(house.dataFolder, going);
    const kept = wrappedPieces(house.dataFolder, staying);
    assert.equal(pieces.length, 3 * (1 + 2 * 2), 'material, and two keys in each of two slots');
    assert.deepEqual(await filesWith(house.dataFolder, pieces), ['sallyport.db']);
    const future = await openLater(house.dataFolder, 8);
    const [line] = await issued(house.dataFolder);
    certificateId = line?.certificateId ?? '';
    assert.deepEqual(await filesWith(house.dataFolder, pieces), [], 'of a site that runs: no file has them');
    await future.close();
    assert.deepEqual(await filesWith(house.dataFolder, pieces), []);
    assert.equal((await filesWith(house.dataFolder, kept)).length, 1, 'the other key is where it was');
    site = await openSite(configOf(house.dataFolder), { log: () => undefined });
    options = await administratorOf(house.dataFolder, site.url);
    for (const [command, name] of [
      [['export', certificateId, '--out', paper('certificate.json'), '--list', paper('list.txt')], 'certificate'],
      [['key', '--out', paper('site.pem')], 'public key'],
    ] as const) {
      const said = await runAs(administrator(), 'certificate', ...command);
      assert.match(said.out, new RegExp(name), said.err);
    }
  });
  after(async () => {
    await site.close();
    await house.dispose();
    await rm(papers, { recursive: true });
  });

  const verify = (...more: readonly string[]) =>
    runAlone('certificate', 'verify', paper('certificate.json'), '--key', paper('site.pem'), ...more);

  test('it verifies, with its list and the audit log, and names what was destroyed', async () => {
    const said = await verify('--list', paper('list.txt'), '--audit', join(house.dataFolder, 'audit'));
    assert.equal(said.code, 0, said.err);
    assert.match(said.out, /^VALID: signed by the key that was given/);
    assert.match(said.out, /The list is the one that the certificate names/);
    assert.match(said.out, /The audit log has the record of the deletion at line \d+/);
    const certificate = JSON.parse((await verify('--json')).out);
    assert.equal(certificate.key.arn, going);
    assert.equal(certificate.key.materialIds.length, 1);
    assert.match(certificate.deletion.scheduledBy, /^arn:aws:iam::\d{12}:/);
    const { listed, ...counts } = certificate.madeUnreadable;
    assert.deepEqual([counts.repositories, counts.images, counts.layers], [2, 2, 4]);
    for (const { arn, images, layers, encryptionType } of listed) {
      const name = arn.slice(arn.indexOf('/') + 1);
      assert.deepEqual([images, encryptionType, layers.length], [[digests[name]], repositories[name], 2]);
    }
    const list = await readFile(paper('list.txt'), 'utf8');
    assert.ok(!list.includes('staying') && list.includes(`image ${digests['going/one']}`));
  });

  test('one changed byte, anywhere, and it does not', async () => {
    const bytes = await readFile(paper('certificate.json'));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        await writeFile(paper('changed.json'), changed);
        for (const key of [[], ['--key', paper('site.pem')]]) {
          const said = await runAlone('certificate', 'verify', paper('changed.json'), ...key);
          assert.equal(said.code, 1, `byte ${at}`);
          assert.match(said.err, /^NOT VALID: /);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the list, and the line of the audit log, are those that it names', async () => {
    const list = await readFile(paper('list.txt'), 'utf8');
    for (const other of [list.replace('image', 'layer'), `${list}\n`, list.slice(0, -1), '']) {
      await writeFile(paper('other.txt'), other);
      const said = await verify('--list', paper('other.txt'));
      assert.equal(said.code, 1);
      assert.match(said.err, /^NOT VALID: The list/);
    }
    const folder = join(house.dataFolder, 'audit');
    const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('.jsonl'));
    const log = await readFile(join(folder, name), 'utf8');
    const copy = paper('audit');
    await mkdir(copy);
    await writeFile(join(copy, name), log.replace(certificateId, certificateId.replace(/.$/, 'x')));
    assert.match((await verify('--audit', copy)).err, /is not the record that the certificate names/);
    await writeFile(join(copy, name), '');
    assert.match((await verify('--audit', copy)).err, /is not among them/);
    assert.match((await verify('--audit', papers)).err, /is not among them/, 'the folder above will do');
    assert.match((await verify('--audit', house.dataFolder)).out, /has the record/);
  });

  test('the images are gone for every path, and what they were called is not', async () => {
    const { ecr, kms } = { ecr: new Ecr.ECRClient(options), kms: new Kms.KMSClient(options) };
    await assert.rejects(kms.send(new Kms.CancelKeyDeletionCommand({ KeyId: going })), { name: 'NotFoundException' });
    for (const repositoryName of Object.keys(repositories)) {
      const { images, failures } = await ecr.send(
        new Ecr.BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }),
      );
      assert.deepEqual([images?.length, failures?.[0]?.failureCode], [0, 'KmsError']);
      const described = await ecr.send(new Ecr.DescribeImagesCommand({ repositoryName }));
      assert.equal(described.imageDetails?.[0]?.imageDigest, digests[repositoryName]);
    }
    const { images } = await ecr.send(
      new Ecr.BatchGetImageCommand({ repositoryName: 'staying', imageIds: [{ imageTag: 'v1' }] }),
    );
    assert.equal(images?.length, 1);
    for (const client of [ecr, kms]) client.destroy();
  });

  test('ListDeletionCertificates, GetDeletionCertificate, ReadDeletionList and GetCertificateKey', async () => {
    const { certificates } = await callAs(administrator(), 'ListDeletionCertificates', {});
    assert.deepEqual(
      certificates.map((one) => [one.certificateId, one.keyArn, one.waitsFor]),
      [[certificateId, going, undefined]],
    );
    const { certificate } = await callAs(administrator(), 'GetDeletionCertificate', { certificateId });
    assert.equal(certificate, await readFile(paper('certificate.json'), 'utf8'));
    const { lines, nextToken } = await callAs(administrator(), 'ReadDeletionList', { certificateId });
    assert.deepEqual([lines, nextToken], [await readFile(paper('list.txt'), 'utf8'), undefined]);
    const { publicKey } = await callAs(administrator(), 'GetCertificateKey', {});
    assert.equal(publicKey, await readFile(paper('site.pem'), 'utf8'));
    const unknown = { certificateId: `dc-${'0'.repeat(28)}` };
    for (const name of ['GetDeletionCertificate', 'ReadDeletionList'] as const) {
      await assert.rejects(callAs(administrator(), name, unknown), isRefused('ResourceNotFoundException'));
      const wrong = { certificateId: '../x' };
      await assert.rejects(callAs(administrator(), name, wrong), isRefused('ValidationException'));
    }
    const forged = { certificateId, nextToken: 'x' };
    await assert.rejects(callAs(administrator(), 'ReadDeletionList', forged), isRefused('ValidationException'));
    const shown = await runAs(administrator(), 'certificate', 'show', certificateId);
    assert.match(shown.out, new RegExp(`key {10}${going}`), shown.err);
    assert.match((await runAs(administrator(), 'certificate', 'list')).out, new RegExp(certificateId));
    const data = ['--data', house.dataFolder];
    assert.match((await runAlone('certificate', 'list', '--host', ...data)).out, new RegExp(certificateId));
    const exported = await runAlone('certificate', 'export', certificateId, '--host', ...data);
    assert.equal(`${exported.out}\n`, certificate);
  });

  test('`sallyport verify` looks at them, beside a server', async () => {
    const clean = await verifySite(configOf(house.dataFolder), systemPlatform, { readsBytes: false });
    assert.deepEqual([clean.damage, clean.counts['deletion certificates']], [[], 1]);
  });

  test('who may not, gets none; and the audit log has all of it', async () => {
    const iam = new IAMClient(options);
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'clerk' }));
    iam.destroy();
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
    const clerk = { options: { ...options, credentials: { accessKeyId, secretAccessKey } } };
    for (const [name, input] of [
      ['ListDeletionCertificates', {}],
      ['GetDeletionCertificate', { certificateId }],
      ['ReadDeletionList', { certificateId }],
      ['GetCertificateKey', {}],
    ] as const) {
      await assert.rejects(callAs(clerk, name, input as never), isRefused('AccessDeniedException'));
    }
    const records = await house.auditRecords();
    const [deleted, ...others] = records.filter(({ eventName }) => eventName === 'DeleteKey');
    assert.deepEqual([deleted?.responseElements?.['certificateId'], others.length], [certificateId, 0]);
    const [made] = records.filter(({ eventName }) => eventName === 'IssueDeletionCertificate');
    assert.equal(made?.responseElements?.['certificateId'], certificateId);
    assert.deepEqual(
      made?.resources?.map(({ ARN }) => ARN),
      [going],
    );
    const denied = records.filter(
      ({ eventName, errorCode }) => /Certificate|DeletionList/.test(eventName) && errorCode,
    );
    assert.equal(denied.filter(({ errorCode }) => errorCode === 'AccessDenied').length, 4);
    assert.ok(records.some(({ eventName, errorCode }) => eventName === 'GetDeletionCertificate' && !errorCode));
  });
});
