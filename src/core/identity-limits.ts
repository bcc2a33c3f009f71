// The limits of IAM and STS, each with its reason: a part of `limits`, under which all code finds them.

const kib = 1024;

export const identityLimits = {
  /** All inline policies of a user together; white space does not count. */
  inlineUserPolicyCharsMax: 2048,
  /** All inline policies of a group together. */
  inlineGroupPolicyCharsMax: 5120,
  /** All inline policies of a role together. */
  inlineRolePolicyCharsMax: 10_240,
  /** IAM's quota of a role's trust policy. */
  trustPolicyCharsMax: 2048,
  managedPolicyCharsMax: 6144,
  usersPerAccountMax: 5000,
  groupsPerAccountMax: 300,
  rolesPerAccountMax: 1000,
  instanceProfilesPerAccountMax: 1000,
  groupsPerUserMax: 10,
  /** An account's own policies: IAM's quota. */
  policiesPerAccountMax: 1500,
  versionsPerPolicyMax: 5,
  /** Tags of one user, role, policy or device. */
  iamTagsMax: 50,
  accessKeysPerUserMax: 2,
  attachedPoliciesMax: 10,
  /** When a key, role or action was last used is known to a quarter of an hour: IAM's. */
  activityWindowMs: 15 * 60 * 1000,
  /** What was used is written after at most this long. */
  activityWriteDelayMs: 60 * 1000,
  /** Uses of one process that are not written yet; beyond it new ones are lost. */
  activityNotesMax: 20_000,
  /** IAM's tracking period: 400 days. */
  activityLifeMs: 400 * 24 * 3600 * 1000,
  /** A credential report stands for four hours: IAM's. */
  credentialReportLifeMs: 4 * 3600 * 1000,
  /** Reports of last access that are kept of an account, the newest. */
  accessReportsMax: 20,
  /** Failed sign-ins before the next one has to wait: a second, then twice as long each, up to a quarter of an hour. */
  signInFailuresFree: 3,
  /** The same for an address, which many may share. */
  signInFailuresOfAddressFree: 20,
  signInDelayMsMin: 1000,
  signInDelayMsMax: 15 * 60 * 1000,
  /** Failed sign-ins are forgotten after a day. */
  signInFailureLifeMs: 24 * 3600 * 1000,
  /** Users and addresses of a site whose failed sign-ins are counted: those that failed last. */
  signInFailuresKeptMax: 10_000,
  /** Wrong signatures by one access key from one source before their refusals are held. */
  failedProofsFree: 5,
  /** Wrong signatures and tokens of one source, which many may share, before their refusals are held. */
  failedProofsOfSourceFree: 20,
  /** How long the first refusal is held; then twice as long each. */
  proofDelayMsMin: 250,
  /** Up to this: well within the patience of every client. */
  proofDelayMsMax: 10_000,
  /** Refusals that are held at once: a sixteenth of the open requests. */
  heldRefusalsMax: 256,
  /** Of one source; further ones are `throttled` at once. */
  heldRefusalsPerSourceMax: 4,
  /** Sources, and keys with their sources, whose failures a process counts: the latest. */
  failedProofsCountedMax: 10_000,
  /** Failed proofs are forgotten this long after the last one. */
  failedProofLifeMs: 15 * 60 * 1000,
  mfaDevicesPerUserMax: 8,
  /** Characters of a device's ARN: IAM's. */
  mfaSerialCharsMax: 256,
  /** How far a device's clock may be off for ResyncMFADevice: 20 minutes, in steps of 30 seconds. */
  mfaResyncStepsMax: 40,
  /** Wrong codes in a row that lock a device, first for a minute, then twice as long each time, up to an hour. */
  mfaFailuresMax: 5,
  mfaLockMsMin: 60_000,
  mfaLockMsMax: 3_600_000,
  /** Characters of one session policy: STS's. */
  sessionPolicyCharsMax: 2048,
  /** Managed policies that limit one session: STS's. */
  sessionPolicyArnsMax: 10,
  /** Tags of one session, inherited ones included: STS's. */
  sessionTagsMax: 50,
  /** Policies and tags of a session as packed in its token, 100 % of PackedPolicySize. */
  packedPolicyBytesMax: 4 * kib,
  /** To how many bytes a caller may have its session token filled up (MinimumSessionTokenSize): STS's. */
  sessionTokenBytesMin: 4 * kib,
  /** Access keys that a session remembers to have come from, the first and the latest ones. */
  sessionKeysMax: 8,
  /** GetSessionToken and GetFederationToken: 36 hours, STS's. */
  sessionSecondsMax: 129_600,
  sessionSecondsMin: 900,
  /** GetSessionToken and GetFederationToken when the caller does not say: 12 hours, STS's. */
  sessionSecondsDefault: 43_200,
  /** Sessions of a root user: STS's. */
  rootSessionSecondsMax: 3600,
  /** AssumeRole when the caller does not say, and at most where a role's session assumes the next role: STS's. */
  roleSessionSecondsDefault: 3600,
  chainedSessionSecondsMax: 3600,
  /** MaxSessionDuration of a role: from IAM's one hour, which is the default, to its 12 hours. */
  roleSessionSecondsMin: 3600,
  roleSessionSecondsMax: 43_200,
  /** How long a closed account can be opened again, and its content is kept: AWS's 90 days. */
  closedAccountKeptMs: 90 * 24 * 3600 * 1000,
  /** Items of a page of Organizations, at most and when the caller does not say: its own. */
  organizationsPageSizeMax: 20,
  /** OIDC providers of one account: IAM's quota. */
  oidcProvidersPerAccountMax: 100,
  /** Client ids (audiences) of one OIDC provider: IAM's quota. */
  oidcClientIdsMax: 100,
  /** Certificate thumbprints of one OIDC provider: IAM's quota. */
  oidcThumbprintsMax: 5,
  /** Characters of an OIDC provider's URL: IAM's. */
  oidcUrlCharsMax: 255,
  /** Characters of a web identity token: STS's. */
  webIdentityTokenCharsMax: 20_000,
  /** Claims of a web identity token that become condition keys; GitHub's have some 40. More is refused. */
  webIdentityClaimsMax: 200,
  /** By how much the clocks of an identity provider and of this site may differ. */
  webIdentitySkewMs: 30_000,
  /** How long an identity provider may take to answer, from its name to the last byte. */
  issuerTimeoutMs: 5000,
  /** Bytes of a discovery document or of a key set; the largest known have some 20 kB. */
  issuerAnswerBytesMax: 256 * kib,
  /** Keys of one identity provider that are looked at. */
  issuerKeysMax: 100,
  /** Identity providers whose keys are kept in memory. */
  issuersCachedMax: 1000,
  /** For how long the keys of an identity provider are used without asking again. */
  issuerKeysFreshMs: 10 * 60 * 1000,
  /** For how long they are used while it cannot be asked. */
  issuerKeysStaleMs: 3600 * 1000,
  /** An identity provider is asked again, after a failure or for a key that it did not have, after this long. */
  issuerRetryMs: 10_000,
} as const;
