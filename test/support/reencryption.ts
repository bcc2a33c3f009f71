// Moves of repositories to other keys as tests ask for them: started, awaited, and repositories to move.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { OutputOf } from '../../src/services/sallyport/service.ts';
import type { HouseUser } from './house.ts';
import type { OciClient, PushedImage } from './oci-client.ts';
import { callAs } from './sallyport-client.ts';

export type Move = OutputOf<'DescribeReencryption'>['reencryption'];

const askAgainMs = 50;

/** Asks again until the move is so; a bound on failure is the test's own. */
export async function awaitMove(
  user: Pick<HouseUser, 'options'>,
  repositoryName: string,
  isSo: (move: Move) => boolean,
): Promise<Move> {
  for (;;) {
    const { reencryption } = await callAs(user, 'DescribeReencryption', { repositoryName });
    if (isSo(reencryption)) return reencryption;
    // The server says nothing by itself: asking again is all a client can do.
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
  }
}

export function awaitEnd(user: Pick<HouseUser, 'options'>, repositoryName: string): Promise<Move> {
  return awaitMove(user, repositoryName, ({ status }) => status === 'COMPLETE' || status === 'CANCELLED');
}

/** Images of so many layers of so many random bytes each. */
export async function pushImages(
  oci: OciClient,
  repository: string,
  images: number,
  { layers, bytes }: { readonly layers: number; readonly bytes: number },
): Promise<ReadonlyMap<string, PushedImage>> {
  const pushed = new Map<string, PushedImage>();
  for (let index = 0; index < images; index += 1) {
    const tag = `image-${index}`;
    const content = Array.from({ length: layers }, () => randomBytes(bytes));
    pushed.set(tag, await oci.pushImage(repository, tag, content));
  }
  return pushed;
}

/** Byte for byte, manifest and layers. */
export async function assertPulls(oci: OciClient, repository: string, tag: string, image: PushedImage): Promise<void> {
  const manifest = await oci.send('GET', `/v2/${repository}/manifests/${tag}`);
  assert.equal(manifest.status, 200, `${tag}: ${manifest.body.toString().slice(0, 500)}`);
  assert.ok(manifest.body.equals(image.manifest), `${tag} is another image`);
  const { config, layers } = JSON.parse(manifest.body.toString()) as {
    readonly config: { readonly digest: string };
    readonly layers: ReadonlyArray<{ readonly digest: string }>;
  };
  for (const [index, { digest }] of [config, ...layers].entries()) {
    const answer = await oci.send('GET', `/v2/${repository}/blobs/${digest}`);
    assert.equal(answer.status, 200, `${tag} ${digest}: ${answer.body.toString().slice(0, 500)}`);
    assert.ok(image.layers[index]?.equals(answer.body), `${tag} ${digest} has other bytes`);
  }
}
