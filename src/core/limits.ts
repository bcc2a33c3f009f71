// Every limit of the product, in one place, each with its reason. docs/reference/limits.md is printed from it.
// Those of IAM and STS stand beside it.

import { identityLimits } from './identity-limits.ts';

const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;

export const limits = {
  ...identityLimits,
  /** A manifest: ECR's and the specification's 4 MiB. Larger is 413 or InvalidParameter. */
  manifestSizeBytesMax: 4 * mib,
  /** Nesting of JSON in a manifest, a policy or a request: real ones stay under 10. */
  jsonDepthMax: 32,
  /** Layers of one manifest, children of one index: ECR has no published number; registries meet 127. */
  manifestDescriptorsMax: 4096,
  /** A layer: ECR's 52,000 MiB. */
  layerSizeBytesMax: 52_000 * mib,
  /** Parts of one upload: ECR's 4,200. */
  uploadPartsMax: 4200,
  /** The part size that InitiateLayerUpload announces, as ECR does. */
  uploadPartSizeBytes: 10 * mib,
  /** UploadLayerPart: the API model's 20 MiB. */
  uploadPartSizeBytesMax: 20 * mib,
  /** Every part but the last, as ECR wants it; in `oci.mode: strict` uploads by docker have no minimum. */
  uploadPartSizeBytesMin: 5 * mib,
  /** An upload that nobody touched for this long is abandoned. */
  uploadIdleMs: 24 * 3600 * 1000,
  /** Open uploads in one registry, so that a client cannot fill the tables with them. */
  openUploadsMax: 10_000,
  /** Open uploads of one principal in one registry: a quarter, so that nobody can keep all others from pushing. */
  openUploadsPerPrincipalMax: 2500,
  /** A blob or part that nothing refers to is collected only after this long. */
  collectionGraceMs: 3600 * 1000,
  /** A JSON or Query request body; UploadLayerPart is the largest: 20 MiB as base64, and its envelope. */
  requestBodyBytesMax: 28 * mib,
  /** A Query request body: policies are the largest member. */
  queryBodyBytesMax: 1 * mib,
  /** Requests open at once, all callers together: what a process can hold in memory at its worst. */
  openRequestsMax: 4096,
  /** Requests open at once from one address; a proxy in front is one address. */
  openRequestsPerAddressMax: 2048,
  /** Requests open at once of one principal: the largest build farms use a few hundred. */
  openRequestsPerPrincipalMax: 1024,
  /** While no more requests than this are open nobody is counted. */
  openRequestsCountedFrom: 64,
  /** Requests that begin in one turn of the event loop; the rest take turns by caller. */
  requestStartsPerTurn: 4,
  /** Connections of the site: each costs some 20 kB of memory and a file descriptor. */
  connectionsMax: 10_000,
  /** Connections from one address; a proxy in front is one address. */
  connectionsPerAddressMax: 4096,
  /** Requests that one connection may send ahead of its answers; clients of registries send one at a time. */
  pipelinedRequestsMax: 16,
  /** How long a request's head may take to arrive. */
  headTimeoutMs: 20_000,
  /** A body or an answer that moves fewer bytes a second than this is slow. */
  transferBytesPerSecondMin: 1 * kib,
  /** How long a transfer may be slow before it is ended; time in which the client waits for us does not count. */
  transferSlowMs: 30_000,
  /** All request headers together. */
  headerBytesMax: 32 * kib,
  /** Headers of one request; more is 431. */
  headersMax: 100,
  /** A request target; longer is 414. */
  urlBytesMax: 8 * kib,
  /** A token: those of ordinary sessions are under 2 kB, with every policy and tag packed full 6; more is not one. */
  tokenBytesMax: 8 * kib,
  /** Opened tokens of one kind that a process remembers, together: all ordinary ones of 10,000 callers. */
  openedTokensBytesMax: 8 * mib,
  /** Of one registry: ECR's quota. */
  repositoriesMax: 100_000,
  /** ECR's quota; referrers and children count. */
  imagesPerRepositoryMax: 100_000,
  /** ECR's quota. */
  tagsPerImageMax: 1000,
  /** Repositories that one `GET /v2/_catalog` looks at; where the caller may see few of them, a Link goes on. */
  catalogScanMax: 2000,
  /** Repositories that a mount without `from` tries as its source, so that one request evaluates no more policies. */
  mountSourcesMax: 10_000,
  /** `?tag=` parameters of one manifest push by digest; the specification asks for at least 10. */
  tagParametersMax: 50,
  /** The specification's. */
  tagLengthMax: 128,
  /** Characters of a repository's name: the API model's. */
  repositoryNameLengthMin: 2,
  /** The API model's; many clients allow 255 together with the host. */
  repositoryNameLengthMax: 256,
  /** Tags on a repository. */
  resourceTagsMax: 50,
  /** Characters of a tag's key. */
  resourceTagKeyLengthMax: 128,
  /** Characters of a tag's value. */
  resourceTagValueLengthMax: 256,
  /** Filters of a tag mutability with exclusion. */
  exclusionFiltersMax: 5,
  /** Characters of one such filter. */
  exclusionFilterLengthMax: 128,
  /** `*` in one such filter, so that matching stays cheap: not in the model, but what Terraform accepts. */
  exclusionFilterWildcardsMax: 2,
  /** Characters of a media type in a request of the API. */
  mediaTypeLengthMax: 255,
  /** Registry ids in one GetAuthorizationToken. */
  registryIdsMax: 10,
  /** Artifact types in one ListImageReferrers filter. */
  artifactTypesMax: 5,
  /** How long material may be imported with a token: AWS's. */
  importTokenLifeMs: 24 * 3600 * 1000,
  /** How far away the end of imported material may be: AWS's. */
  importedMaterialLifeMsMax: 365 * 24 * 3600 * 1000,
  /** Opened keys are kept for at most this long, and that a customer's key may be used is believed for as long. */
  keyCacheMs: 300_000,
  /** How often it is looked whether a repository is to be moved to another key. */
  reencryptionIntervalMs: 1000,
  /** How long one repository is being moved before others that are on their way have their turn. */
  reencryptionTurnMs: 30_000,
  /** From a move that cannot go on until it tries again: twice as long each time, from the first to the last. */
  reencryptionRetryMsMin: 1000,
  reencryptionRetryMsMax: 60_000,
  /** The longest where damage stands in its way: each try reads what is damaged anew. */
  reencryptionDamagedRetryMsMax: 600_000,
  /** Moves of one repository whose old slots are kept still: each has two grants, of which a key has a quota. */
  reencryptionsKeptMax: 50,
  /** AWS's quotas of a key: aliases, tags, bytes of its policy. */
  keyAliasesPerKeyMax: 50,
  keyTagsMax: 50,
  keyPolicyBytesMax: 32 * 1024,
  /** While the root key is replaced, whoever wraps a key waits at most this long for the new one to stand. */
  rootStandsWithinMs: 5_000,
  /** Rotations of one key on demand, AWS's quota. */
  keyRotationsOnDemandMax: 25,
  /** How often it is looked whether keys are to rotate or to be deleted, and how many at a time. */
  keyUpkeepIntervalMs: 60_000,
  keyUpkeepBatch: 100,
  /** So long a reader of an older state of the database is waited for before destroyed keys are cleared out of it. */
  clearingWithinMs: 5_000,
  /** So long a process may keep in memory what another one has destroyed. */
  erasedKeysForgetMs: 5_000,
  /** A deletion certificate, as a file. */
  certificateBytesMax: 256 * 1024,
  /** What a deletion certificate lists itself; a longer list is a file beside it. */
  certificateListBytesMax: 32 * 1024,
  /** The list of what a deleted key guarded is read and stored in parts of so many lines. */
  deletionListPartLines: 2_000,
  /** From the use of a key until it is written down when it was used last. */
  keyUsageWriteDelayMs: 5_000,
  /** AWS's quota of grants of one key. */
  keyGrantsMax: 50_000,
  /** Of the constraint of a grant: pairs, and characters of the value of one. */
  grantContextPairsMax: 8,
  grantContextValueLengthMax: 384,
  /** Bytes of names and values of an encryption context. */
  encryptionContextBytesMax: 8192,
  /** Characters of the name of a KMS key. */
  kmsKeyLengthMax: 2048,
  /** Ids in a BatchGetImage or BatchDeleteImage, digests in a BatchCheckLayerAvailability. */
  batchMax: 100,
  /** Manifests of one BatchGetImage answer together; beyond it LimitExceededException. */
  batchAnswerBytesMax: 64 * mib,
  /** Items of a page when the caller does not say. */
  pageSizeDefault: 100,
  /** Items of a page at most: ECR's. */
  pageSizeMax: 1000,
  /** ListImageReferrers: ECR's. */
  referrersPageSizeDefault: 20,
  /** ListImageReferrers: ECR's. */
  referrersPageSizeMax: 50,
  /** OCI referrers answer: how many descriptors before a Link. */
  ociReferrersPageSize: 200,
  /** Annotations of one page of referrers together: a page ends early rather than grow past this. */
  referrersPageBytesMax: 2 * mib,
  policyDocumentCharsMax: 10_240,
  /** SigV4: ±5 minutes for JSON and Query services. */
  signatureSkewMs: 5 * 60 * 1000,
  presignedExpiryMsMax: 604_800 * 1000,
  registryTokenLifeMs: 12 * 3600 * 1000,
  registryTokenLifeMsMin: 60 * 1000,
  downloadUrlLifeMs: 3600 * 1000,
  /** A read's audit record is durable after at most this long. */
  auditReadDelayMs: 100,
  /** While so many bytes of audit records wait for the disk, reads wait for theirs: callers slow down with the disk. */
  auditReadsWaitBytes: 4 * mib,
  /** Audit records waiting for the disk; beyond it calls are refused. */
  auditQueueBytesMax: 16 * mib,
  auditFileBytesMax: 64 * mib,
  /** One member of requestParameters or responseElements; CloudTrail cuts at 100 kB. */
  auditParametersBytesMax: 100 * kib,
  /** Denials that can be explained: the newest of a site. */
  denialsMax: 10_000,
  /** Of one principal, so that it cannot push out those of others. */
  denialsPerPrincipalMax: 1000,
  /** How long a denial can be explained. */
  denialLifeMs: 7 * 24 * 3600 * 1000,
  /** A denial can be explained at every process of the site after at most this long. */
  denialWriteDelayMs: 1000,
  /** Denials of one process that are not written yet; beyond it the oldest are lost. */
  denialsWaitingMax: 1000,
  /** Of one principal, until they are written. */
  denialsPerPrincipalWaitingMax: 50,
  /** Scoped registry tokens of one account that still count. */
  registryTokensPerAccountMax: 10_000,
  /** Of one principal, so that it cannot keep others from making any. */
  registryTokensPerPrincipalMax: 1000,
  /** Repositories, or patterns of them, that one scoped registry token names: it travels with every request. */
  tokenRepositoriesMax: 10,
  /** A scoped registry token when its maker does not say. */
  scopedTokenSecondsDefault: 900,
  /** From its first use on, a token that is good once, when its maker does not say. */
  onceSecondsDefault: 300,
  /** How often the use of one scoped registry token is written down. */
  tokenUseNotedMs: 60_000,
  /** A use of a token is in the list after at most this long. */
  tokenUseWriteDelayMs: 1000,
  /** An attempt to use a key in quarantine is in the list of every process after at most this long. */
  quarantineUseWriteDelayMs: 5000,
  /** Sessions and registry tokens that can be listed: the newest of a site. Those beyond count, and can be revoked. */
  issuedMax: 10_000,
  /** Of one principal, so that it cannot push out those of others. */
  issuedPerPrincipalMax: 1000,
  /** What was issued is listed by every process of the site after at most this long. */
  issuedWriteDelayMs: 5000,
  /** Of one process, issued and not written yet; beyond it the oldest are not listed. */
  issuedWaitingMax: 2000,
  /** SIGTERM: how long running requests may take to finish. */
  shutdownGraceMs: 30_000,
  /** Layers are refused while less (or less than a tenth of the disk) is free: database and audit need the rest. */
  freeSpaceBytesMin: 256 * mib,
  /** Every call is refused while less (or less than a fiftieth of the disk) is free: the audit could not tell of it. */
  auditFreeSpaceBytesMin: 32 * mib,
  auditBudgetBytes: 8 * gib,
  /** Bytes that one encrypted segment takes as stored; see docs/design/blob-format.md. */
  segmentSizeBytes: 1 * mib,
  /** How long keys are used on when whoever keeps the root key is gone, as with data keys of AWS's own services. */
  rootKeyCacheMs: 5 * 60_000,
  /** What a sealed site tells its callers to wait: whoever unseals it is a person, or a probe every few seconds. */
  sealedRetryMs: 10_000,
} as const;
