// What the command line can do; the composition root answers it, so that no command opens a store by itself.

import type { Config } from '#config/config.ts';
import type { FindingsReport } from '#core/findings.ts';
import type { DeletionCertificates } from '#core/ports/deletion-certificates.ts';

export interface CreatedAccount {
  readonly accountId: string;
  /** The profile in DATA/aws under which the administrator's key stands. */
  readonly profile: string;
  readonly userName: string;
  readonly accessKeyId: string;
}

export interface RecoveredAdministrator extends CreatedAccount {
  /** Where the record of it stands. */
  readonly auditFolder: string;
}

export interface AccountLine {
  readonly accountId: string;
  readonly name: string;
  readonly createdAt: string;
  readonly state: 'open' | 'closed' | 'removed';
  /** Only of an account that is not open. */
  readonly closedAt?: string;
  readonly keptUntil?: string;
}

export interface ChangedAccountLine extends AccountLine {
  /** False when it was so already. */
  readonly isChanged: boolean;
}

export interface AuditVerdict {
  readonly good: boolean;
  /** Everything that was counted and found, for `--json`. */
  readonly report: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** A moment, or how long ago it was. */
export type Moment = { readonly atMs: number } | { readonly agoMs: number };

/** Which audit records; times as their `eventTime` has them, in whole seconds. */
export interface AuditQuery {
  readonly since: Moment | undefined;
  /** Not itself. */
  readonly until: Moment | undefined;
  /** Of any operation when empty. */
  readonly events: readonly string[];
  readonly requestId: string | undefined;
}

export interface ReadRecord {
  /** Undefined for a line that is none. */
  readonly record?: Readonly<Record<string, unknown>>;
  /** Where, and what is wrong with it. */
  readonly problem?: string;
}

export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do; only when not ok. */
  readonly remedy?: string;
}

export interface VerifyOptions {
  /** False leaves out what takes long: the bytes of the layers. */
  readonly readsBytes: boolean;
}

export interface RunningServer {
  /** What is printed once it serves. */
  readonly lines: readonly string[];
  /** Of a site that starts sealed: what is printed once it serves. */
  readonly opened?: Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Who is to keep a root key. */
export interface KeepRoot {
  readonly provider: 'file' | 'passphrase' | 'shamir' | 'pkcs11' | 'aws-kms';
  /** Of `shamir`. */
  readonly shares: number;
  readonly threshold: number;
  /** Of `passphrase`. */
  readonly passphrase?: string;
}

/** Not done yet. */
export interface PreparedRoot {
  /** To be handed out first; shown nowhere else. */
  readonly shares: readonly string[];
  /** Does it; what to tell. */
  commit(): Promise<readonly string[]>;
}

export interface RootKeyStatus {
  readonly id: string;
  readonly provider: string;
  /** Which key or token there, where the provider has such; undefined for the others. */
  readonly place: string | undefined;
  /** Undefined before the first start. */
  readonly since: string | undefined;
  /** While it is being replaced. */
  readonly nextId: string | undefined;
  /** `not running`, `open`, or why it is sealed. */
  readonly server: string;
  readonly wrapped: ReadonlyArray<{ readonly what: string; readonly rootId: string; readonly count: number }>;
}

export interface RootKeyCommands {
  rootKeyStatus(config: Config): Promise<RootKeyStatus>;
  initRootKey(config: Config, how: KeepRoot): Promise<PreparedRoot>;
  rotateRootKey(config: Config, how: KeepRoot): Promise<PreparedRoot>;
  /** `out`: the file, which shares do without. */
  backupRootKey(config: Config, how: KeepRoot, out: string | undefined): Promise<PreparedRoot>;
  /** What the running server says to a passphrase or a share. */
  unseal(config: Config, line: string): Promise<string>;
}

export interface CliCommands extends RootKeyCommands {
  /** Passphrases and shares come from this file descriptor from now on. */
  takeSecretsFrom(fileDescriptor: number): void;
  /** A line that is not shown while it is typed; undefined when nobody can be asked. */
  secret(prompt: string): Promise<string | undefined>;
  /** The signal says that it is to end as soon as it has started. */
  serve(config: Config, log: (line: string) => void, signal: AbortSignal): Promise<RunningServer>;
  createAccount(config: Config, name: string): Promise<CreatedAccount>;
  /** A new administrator of the account, of the home account when none is named. */
  recoverAdministrator(config: Config, accountId: string | undefined): Promise<RecoveredAdministrator>;
  closeAccount(config: Config, accountId: string): Promise<ChangedAccountLine>;
  reopenAccount(config: Config, accountId: string): Promise<ChangedAccountLine>;
  listAccounts(config: Config): Promise<readonly AccountLine[]>;
  verifyAudit(config: Config): Promise<AuditVerdict>;
  /** By time. */
  readAudit(config: Config, query: AuditQuery): AsyncIterable<ReadRecord>;
  /** Of all accounts, from the data folder. */
  openCertificates(config: Config): Promise<DeletionCertificates & { close(): Promise<void> }>;
  verify(config: Config, options: VerifyOptions): Promise<FindingsReport>;
  doctor(config: Config, options: VerifyOptions): Promise<readonly Finding[]>;
}

export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}
