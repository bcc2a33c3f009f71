// The credential report as CSV: one line for root and one for each user, in the columns that AWS documents (iam.md §6).

import { type AccountId, globalRegion } from '#core/account.ts';
import { expiresAtMs, type PasswordPolicy } from '../login-profiles/password-policy.ts';
import type { UserRow } from '../users/tables.ts';
import { userArn } from '../users/user-ref.ts';
import type { listAllKeys } from './tables.ts';

type KeyOfReport = Awaited<ReturnType<typeof listAllKeys>>[number];

export interface ReportFacts {
  readonly accountId: AccountId;
  readonly accountCreatedAtMs: number;
  readonly users: readonly UserRow[];
  readonly keys: readonly KeyOfReport[];
  readonly mfaUsers: ReadonlySet<string | null>;
  readonly passwords: ReadonlyArray<{ readonly user_id: string; readonly changed_at_ms: number }>;
  readonly passwordPolicy: PasswordPolicy | undefined;
}

const keyColumns = ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'];
const columns = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((number) => keyColumns.map((column) => `access_key_${number}_${column}`)),
  ...[1, 2].flatMap((number) => [`cert_${number}_active`, `cert_${number}_last_rotated`]),
];

const noPassword = ['false', 'N/A', 'N/A', 'N/A'];
const rootPassword = ['not_supported', 'no_information', 'not_supported', 'not_supported'];
const noKey = ['false', 'N/A', 'N/A', 'N/A', 'N/A'];
const noCertificates = ['false', 'N/A', 'false', 'N/A'];

export function credentialReport(facts: ReportFacts): string {
  const { accountId, accountCreatedAtMs, users, keys, mfaUsers, passwords, passwordPolicy } = facts;
  const keysOf = Map.groupBy(keys, (key) => key.user_id);
  const changedAtMs = new Map(passwords.map((one) => [one.user_id, one.changed_at_ms]));
  const root = [
    '<root_account>',
    `arn:aws:iam::${accountId}:root`,
    dateOf(accountCreatedAtMs),
    ...rootPassword,
    'false',
    ...noKey,
    ...noKey,
    ...noCertificates,
  ];
  const lines = users.map((user) => {
    const [first, second] = keysOf.get(user.user_id) ?? [];
    return [
      user.user_name,
      userArn(user),
      dateOf(user.created_at_ms),
      ...passwordFields(changedAtMs.get(user.user_id), passwordPolicy),
      String(mfaUsers.has(user.user_id)),
      ...keyFields(first),
      ...keyFields(second),
      ...noCertificates,
    ];
  });
  return `${[columns, root, ...lines].map((fields) => fields.map(quoted).join(',')).join('\n')}\n`;
}

/** Nobody signs in to anything with a password yet, so there is no last use to tell. */
function passwordFields(changedAtMs: number | undefined, policy: PasswordPolicy | undefined): readonly string[] {
  if (changedAtMs === undefined) return noPassword;
  const rotation = expiresAtMs(policy, changedAtMs);
  return ['true', 'no_information', dateOf(changedAtMs), rotation === undefined ? 'N/A' : dateOf(rotation)];
}

function keyFields(key: KeyOfReport | undefined): readonly string[] {
  if (key === undefined) return noKey;
  const { used_at_ms, region, service } = key;
  const used =
    used_at_ms === null ? ['N/A', 'N/A', 'N/A'] : [dateOf(used_at_ms), region ?? globalRegion, service ?? ''];
  return [String(key.status === 'Active'), dateOf(key.created_at_ms), ...used];
}

/** `2026-11-24T10:00:00+00:00` */
function dateOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00');
}

/** Names may hold commas. */
function quoted(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
