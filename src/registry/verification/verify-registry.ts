// Verifies what a registry keeps: repositories, images, layers, uploads, and objects that nobody names.

import type { VerificationOptions } from './verification.ts';
import { verifyBlobs } from './verify-blobs.ts';
import { verifyObjects } from './verify-objects.ts';
import { verifyRepositories } from './verify-repositories.ts';
import { verifyUploads } from './verify-uploads.ts';

/** Reads only; may run beside a server. Throws when the database itself cannot be read. */
export async function verifyRegistry(options: VerificationOptions): Promise<void> {
  await verifyRepositories(options);
  await verifyBlobs(options);
  await verifyUploads(options);
  await verifyObjects(options);
}
