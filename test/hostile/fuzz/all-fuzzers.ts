// All fuzzers, in the order in which they run.

import { blobFuzzers } from './blobs.ts';
import type { Fuzz } from './fuzz.ts';
import { manifestFuzzers } from './manifests.ts';
import { policyFuzzers } from './policies.ts';
import { readerFuzzers } from './readers.ts';
import { routeFuzzers } from './routes.ts';
import { signatureFuzzers } from './signatures.ts';
import { tokenFuzzers } from './tokens.ts';
import { uploadFuzzers } from './uploads.ts';

export const allFuzzers: readonly Fuzz[] = [
  ...[...signatureFuzzers, ...readerFuzzers, ...routeFuzzers, ...policyFuzzers],
  ...[...manifestFuzzers, ...uploadFuzzers, ...blobFuzzers, ...tokenFuzzers],
];
