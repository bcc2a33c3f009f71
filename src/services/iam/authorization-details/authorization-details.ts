// All users, groups, roles and managed policies of an account as one list that can be cut into pages.

import type { AccountId } from '#core/account.ts';
import { isKind } from '#core/errors.ts';
import type { IamRooms } from '../rooms.ts';
import { groupDetail, policyDetail, roleDetail, userDetail } from './details.ts';

/** In the order in which they are listed. */
export const detailKinds = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const;
export type DetailKind = (typeof detailKinds)[number];

/** One entry as an answer shows it, in one of the answer's lists. */
export interface Details {
  readonly user?: Awaited<ReturnType<typeof userDetail>>;
  readonly group?: Awaited<ReturnType<typeof groupDetail>>;
  readonly role?: Awaited<ReturnType<typeof roleDetail>>;
  readonly policy?: Awaited<ReturnType<typeof policyDetail>>;
}

/** One entry of the list; what it says is read only for those that are shown. */
export interface Entry {
  /** Says where the list goes on after it: the kind's place and a name or ARN. */
  readonly position: string;
  read(): Promise<Details>;
}

interface Reading {
  readonly rooms: IamRooms;
  readonly accountId: AccountId;
}

type Source = (reading: Reading, after: string, limit: number) => Promise<ReadonlyArray<Entry & { key: string }>>;

/** At most `limit` entries of these kinds after `after`; empty at the start. */
export async function listEntries(
  reading: Reading,
  kinds: ReadonlySet<DetailKind>,
  after: string,
  limit: number,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  const first = after === '' ? 0 : Number(after.slice(0, 1));
  for (const [place, kind] of detailKinds.entries()) {
    if (!kinds.has(kind) || place < first || entries.length >= limit) continue;
    const from = place === first ? after.slice(2) : '';
    for (const { key, read } of await sources[kind](reading, from, limit - entries.length)) {
      entries.push({ position: `${place}/${key}`, read });
    }
  }
  return entries;
}

/** Undefined for what was deleted since it was listed. */
export async function readEntry(entry: Entry): Promise<Details | undefined> {
  try {
    return await entry.read();
  } catch (error) {
    if (isKind(error, 'no-such-entity')) return undefined;
    throw error;
  }
}

const page = (after: string, limit: number) => ({ pathPrefix: '/', after, limit });

const sources: Readonly<Record<DetailKind, Source>> = {
  async User({ rooms, accountId }, after, limit) {
    return (await rooms.users.list(accountId, page(after, limit))).map(({ name_key, user_name }) =>
      entry(name_key, async () => ({ user: await userDetail(rooms, accountId, user_name) })),
    );
  },
  async Group({ rooms, accountId }, after, limit) {
    return (await rooms.groups.list(accountId, page(after, limit))).map((row) =>
      entry(row.name_key, async () => ({ group: await groupDetail(rooms, row) })),
    );
  },
  async Role({ rooms, accountId }, after, limit) {
    return (await rooms.roles.list(accountId, page(after, limit))).map(({ row }) =>
      entry(row.name_key, async () => ({ role: await roleDetail(rooms, accountId, row.role_name) })),
    );
  },
  LocalManagedPolicy: (reading, after, limit) => policies(reading, 'Local', after, limit),
  AWSManagedPolicy: (reading, after, limit) => policies(reading, 'AWS', after, limit),
};

/** Of AWS's policies those that the account uses. */
async function policies({ rooms, accountId }: Reading, scope: 'Local' | 'AWS', after: string, limit: number) {
  const all = await rooms.policies.list(accountId, scope);
  const listed = all.filter(({ arn, attachmentCount, boundaryCount }) => {
    return arn > after && (scope === 'Local' || attachmentCount + boundaryCount > 0);
  });
  return listed
    .slice(0, limit)
    .map((policy) => entry(policy.arn, async () => ({ policy: await policyDetail(rooms, accountId, policy) })));
}

function entry(key: string, read: () => Promise<Details>) {
  return { key, position: key, read };
}
