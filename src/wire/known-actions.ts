// The IAM actions of the services that are served: from the operations of their SDK clients, and what differs by hand.

import { schemaOf } from './schema.ts';
import actions from './schemas/actions.json' with { type: 'json' };

/** Actions that no operation has, and operations that no action has (iam.md §4). */
const differences: Readonly<Record<string, { readonly more: readonly string[]; readonly fewer: readonly string[] }>> = {
  ecr: { more: ['ReplicateImage', 'GetImageCopyStatus', 'BatchImportUpstreamImage'], fewer: ['ListImageReferrers'] },
  iam: { more: ['PassRole', 'GetCloudFrontPublicKey', 'ListCloudFrontPublicKeys'], fewer: [] },
  sts: { more: ['TagSession', 'SetSourceIdentity', 'SetContext', 'GetServiceBearerToken'], fewer: [] },
};

/** Service prefix → names of actions, all in lower case. */
export function knownActions(): ReadonlyMap<string, ReadonlySet<string>> {
  const own = Object.keys(schemaOf({ name: 'sallyport', schema: 'sallyport' }).operations);
  const byService: Readonly<Record<string, readonly string[]>> = { ...actions, sallyport: own };
  return new Map(
    Object.entries(byService).map(([service, operations]) => {
      const { more, fewer } = differences[service] ?? { more: [], fewer: [] };
      const names = [...operations, ...more].filter((name) => !fewer.includes(name));
      return [service, new Set(names.map((name) => name.toLowerCase()))];
    }),
  );
}
