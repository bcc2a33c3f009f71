// An image of one layer of random bytes for docker to push.

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tarOf } from '../support/oci-layout.ts';
import type { ClientSite } from './client-site.ts';

export type Docker = (...args: readonly string[]) => Promise<{ readonly stdout: string }>;

export const importedLayerBytes = 3_000_000;

export async function importImage(site: ClientSite, docker: Docker, platform: string, image: string): Promise<void> {
  const archive = join(await site.folder('docker'), 'root.tar');
  await writeFile(archive, tarOf('content', randomBytes(importedLayerBytes)));
  await docker('import', '--platform', platform, archive, image);
}
