// The OCI door: /v2/ for docker, podman, skopeo, crane, oras, helm and every other OCI client.

import type { Service } from '#core/service.ts';
import { ociErrors } from '#wire/oci/errors.ts';
import type { OciOperationName } from '#wire/oci/route.ts';
import { deleteBlob, downloadLayer, getBlob, headBlob } from './blobs.ts';
import { checkVersion, listCatalog, listReferrers, listTags } from './listings.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import type { OciOperation, OciRooms } from './rooms.ts';
import { appendUpload, cancelUpload, completeUpload, getUpload, startUpload } from './uploads.ts';

const operations: Readonly<Record<OciOperationName, OciOperation>> = {
  CheckVersion: checkVersion,
  ListCatalog: listCatalog,
  GetManifest: getManifest,
  HeadManifest: getManifest,
  PutManifest: putManifest,
  DeleteManifest: deleteManifest,
  ListTags: listTags,
  ListReferrers: listReferrers,
  GetBlob: getBlob,
  HeadBlob: headBlob,
  DeleteBlob: deleteBlob,
  StartUpload: startUpload,
  GetUpload: getUpload,
  AppendUpload: appendUpload,
  CompleteUpload: completeUpload,
  CancelUpload: cancelUpload,
  DownloadLayer: downloadLayer,
};

/** The door's description for the gateway. Events are ECR's: docker traffic is audited as CloudTrail does. */
export function ociService(rooms: OciRooms): Service<OciRooms> {
  return {
    name: 'oci',
    protocol: 'oci',
    eventSource: 'ecr.amazonaws.com',
    operations,
    errors: ociErrors(rooms.mode),
    rooms,
  };
}
