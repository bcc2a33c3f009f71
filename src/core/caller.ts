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

export type PrincipalKind = 'root' | 'user' | 'assumed-role' | 'federated-user' | 'service';

/** An IAM principal. `principalId` is the unique id (`AIDA…`), which a re-made namesake does not inherit. */
export interface Principal {
  readonly kind: PrincipalKind;
  readonly accountId: AccountId;
  readonly arn: string;
  readonly principalId: string;
  readonly userName?: string;
}

export type CredentialKind = 'sigv4' | 'presigned' | 'registry-token' | 'download-token';

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
