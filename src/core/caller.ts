// A call is one request as the corridor knows it; a caller is who was found to be making it.

import type { AccountId, Region, RegistryRef } from './account.ts';

/** One request before anybody knows who makes it. */
export interface Call {
  /** UUID, answered as x-amzn-RequestId and written to the audit record. */
  readonly requestId: string;
  readonly receivedAtMs: number;
  /** The client's IP address, without port. */
  readonly sourceAddress: string;
  readonly secureTransport: boolean;
  readonly userAgent: string;
  /** The Host header as sent, lower case, with port. */
  readonly host: string;
  /** The registry that the host means; the site's home registry for a neutral host. */
  readonly registry: RegistryRef;
  /** True when the host named no registry, so that a signature's own region may choose among the served ones. */
  readonly neutralHost: boolean;
  /** The VPC endpoint the call came through, if any. */
  readonly endpointId?: string;
}

export type PrincipalKind = 'root' | 'user' | 'assumed-role' | 'federated-user' | 'web-identity' | 'service';

/** An IAM principal. `principalId` is the unique id (`AIDA…`), which a re-made namesake does not inherit. */
export interface Principal {
  readonly kind: PrincipalKind;
  readonly accountId: AccountId;
  readonly arn: string;
  readonly principalId: string;
  readonly userName?: string;
  /** For temporary credentials: what they say of their session. The same object for as long as the session lives. */
  readonly session?: Session;
}

/** What a session was made with. It stands in the session's own token, sealed, and never changes. */
export interface Session {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** Where the call that made it came from. */
  readonly sourceAddress: string;
  /** The role that was assumed, path and all. */
  readonly role?: { readonly roleId: string; readonly arn: string; readonly name: string };
  /** The user for whom a federated user acts (GetFederationToken). */
  readonly user?: { readonly userId: string; readonly arn: string; readonly name: string };
  /**
   * Access keys of the calls that led to it, the first of all and the latest: to revoke a key ends what it led to.
   * Only temporary credentials have them, and not what a long-term key's registry token is limited by.
   */
  readonly madeWith?: readonly string[];
  /** When its maker showed an MFA code; undefined without one. */
  readonly mfaAtMs?: number;
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Which of the tags a chained session inherits. */
  readonly transitiveTagKeys?: readonly string[];
  /** Session policies as given, and the ARNs of managed ones. With neither, the session limits nothing. */
  readonly policies?: readonly string[];
  readonly policyArns?: readonly string[];
  /** Policies of a scoped registry token: they limit in addition to all others. */
  readonly scope?: readonly string[];
  /** Of a scoped registry token: what it is listed, revoked and audited as. */
  readonly tokenId?: string;
  /** ARN of the OIDC provider that vouched for it. */
  readonly federatedProvider?: string;
  /** Condition keys that stay with the session, such as the claims of its web identity (`<issuer>:sub`). */
  readonly conditionKeys?: Readonly<Record<string, string | readonly string[]>>;
}

export type CredentialKind = 'sigv4' | 'presigned' | 'registry-token' | 'download-token' | 'web-identity';

/** Who was authenticated, how, and for which registry the call is. */
export interface Caller {
  readonly principal: Principal;
  /** Shorthand for `principal.accountId`. */
  readonly accountId: AccountId;
  /** The region that this call addresses. */
  readonly region: Region;
  readonly accessKeyId: string;
  readonly credential: CredentialKind;
  readonly call: Call;
  /** When the token was issued that proved the call; undefined for signatures. */
  readonly tokenIssuedAtMs?: number;
  /** The service that passes the call on, for itself or for others (`ecr.<region>.amazonaws.com`). */
  readonly via?: string;
  /** What the proven credential itself is limited to (a download token names one layer); undefined when nothing. */
  readonly grant?: DownloadGrant;
}

/** The one layer that a signed download URL is good for. */
export interface DownloadGrant {
  readonly registry: RegistryRef;
  readonly repositoryName: string;
  readonly digest: string;
}

/** The registry a control-plane call is about: the named owner's, else the caller's own, in the call's region. */
export function registryOf(caller: Caller, registryId?: string): RegistryRef {
  return { accountId: (registryId as AccountId | undefined) ?? caller.accountId, region: caller.region };
}
