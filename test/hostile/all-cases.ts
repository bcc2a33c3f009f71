// The one table of hostile input: all cases of all doors.

import type { HostileCase } from './case.ts';
import { credentialCases } from './tables/credentials.ts';
import { downloadCases } from './tables/downloads.ts';
import { ecrCases } from './tables/ecr.ts';
import { managementCases } from './tables/management.ts';
import { ociManifestCases } from './tables/oci-manifests.ts';
import { ociNameCases } from './tables/oci-names.ts';
import { ociUploadCases } from './tables/oci-uploads.ts';
import { queryCases } from './tables/query.ts';
import { socketCases } from './tables/sockets.ts';

export const allCases: readonly HostileCase[] = [
  ...[...ecrCases, ...queryCases, ...credentialCases],
  ...[...ociNameCases, ...ociUploadCases, ...ociManifestCases, ...downloadCases],
  ...[...socketCases, ...managementCases],
];
