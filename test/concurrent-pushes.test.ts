// Pushes of the same layers and tag beside deletions: whatever a reader sees is whole, and what was promised is there.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { type House, openHouse } from './support/house.ts';
import { digestOf, imageManifestType, type OciClient } from './support/oci-client.ts';

const rounds = 5;
const clients = 3;

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: ReadonlyArray<{ readonly digest: string }>;
}

describe('many clients on one repository', () => {
  let house: House;
  const layers = [randomBytes(40_000), randomBytes(1_200_000)];

  before(async () => {
    house = await openHouse();
    await house.administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  });
  after(() => house.dispose());

  /** Pushes as a client that is told to begin again when a layer went meanwhile; the digest that was acknowledged. */
  const push = async (oci: OciClient, name: string) => {
    const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', name }));
    const blobs = [config, ...layers];
    const [configured, ...described] = blobs.map((bytes, index) => ({
      mediaType: `application/vnd.oci.image.${index === 0 ? 'config.v1+json' : 'layer.v1.tar'}`,
      digest: digestOf(bytes),
      size: bytes.length,
    }));
    const body = { schemaVersion: 2, mediaType: imageManifestType, config: configured, layers: described };
    const manifest = Buffer.from(JSON.stringify(body));
    for (;;) {
      for (const bytes of blobs) await oci.pushBlob('app', bytes);
      const type = { 'content-type': imageManifestType };
      const { status, body: said } = await oci.send('PUT', '/v2/app/manifests/latest', manifest, type);
      if (status === 201) return digestOf(manifest);
      assert.match(said.toString(), /MANIFEST_BLOB_UNKNOWN/, 'the only refusal that these pushes may meet');
    }
  };

  const assertWhole = async (oci: OciClient, reference: string) => {
    const { status, body } = await oci.send('GET', `/v2/app/manifests/${reference}`);
    if (status === 404) return undefined;
    assert.equal(status, 200);
    const manifest = JSON.parse(body.toString()) as Manifest;
    for (const { digest } of [manifest.config, ...manifest.layers]) {
      const blob = await oci.send('GET', `/v2/app/blobs/${digest}`);
      assert.deepEqual([blob.status, digestOf(blob.body)], [200, digest]);
    }
    return digestOf(body);
  };

  test('every acknowledged image stays whole', async () => {
    const pushed: string[] = [];
    let pushing = clients;
    const pushers = Array.from({ length: clients }, async (_, client) => {
      const oci = await house.administrator.oci();
      for (let round = 0; round < rounds; round += 1) pushed.push(await push(oci, `${client}.${round}`));
      pushing -= 1;
    });
    const remover = (async () => {
      const oci = await house.administrator.oci();
      const statuses = new Set<number>();
      while (pushing > 0) {
        statuses.add((await oci.send('DELETE', '/v2/app/manifests/latest')).status);
        for (const bytes of layers) {
          statuses.add((await oci.send('DELETE', `/v2/app/blobs/${digestOf(bytes)}`)).status);
        }
      }
      return statuses;
    })();
    const reader = (async () => {
      const oci = await house.administrator.oci();
      const seen = new Set<string>();
      while (pushing > 0) {
        const digest = await assertWhole(oci, 'latest');
        if (digest !== undefined) seen.add(digest);
      }
      return seen;
    })();
    await Promise.all(pushers);
    const statuses = await remover;
    assert.ok(
      [...statuses].every((status) => [202, 404, 405].includes(status)),
      [...statuses].join(' '),
    );
    const oci = await house.administrator.oci();
    assert.equal(new Set(pushed).size, clients * rounds);
    for (const digest of pushed) assert.equal(await assertWhole(oci, digest), digest);
    for (const digest of await reader) assert.ok(pushed.includes(digest), 'only what was pushed was ever seen');
    assert.deepEqual(house.log, [], 'nothing of this was a fault of ours');
  });
});
