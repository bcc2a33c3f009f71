// Which services an entity may use and when it, or who has it, used them last: what the reports of last access show.

import type { AccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { PolicyDocument } from '#core/ports/policy-source.ts';
import type { Activity } from '../activity/activity.ts';
import type { ActivityRow } from '../activity/tables.ts';
import type { EntityRef } from '../entities/entity.ts';
import { findEntity } from '../entities/find.ts';
import { policiesOf } from '../entities/principal-facts.ts';
import { listGroupsOf, listMembers } from '../groups/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { documentOf } from '../managed-policies/find.ts';
import { listHolders } from '../policy-entities/tables.ts';
import { noSuchEntity } from '../refusals.ts';
import { roleRef } from '../roles/role-ref.ts';
import { findRoleById } from '../roles/tables.ts';
import type { IamTables } from '../tables.ts';
import { findUserById } from '../users/tables.ts';
import { userRef } from '../users/user-ref.ts';
import { grantsService, servedServices } from './service-grants.ts';

export interface Access {
  readonly arn: string;
  readonly atMs: number;
  readonly region: string;
}

export interface ServiceAccess {
  readonly namespace: string;
  /** The last of all; undefined when nobody used it in the tracking period. */
  readonly last?: Access | undefined;
  readonly actions: ReadonlyArray<Access & { readonly name: string }>;
  /** Everybody who may use it by the entity, each with the last time. */
  readonly entities: readonly EntityAccess[];
}

export interface EntityAccess {
  readonly arn: string;
  readonly name: string;
  readonly type: 'USER' | 'ROLE';
  readonly id: string;
  readonly path: string;
  readonly atMs?: number | undefined;
}

/** Throws no-such-entity. */
export async function lastAccessed(
  store: IamStore,
  activity: Activity,
  accountId: AccountId,
  arn: string,
): Promise<readonly ServiceAccess[]> {
  const { documents, who } = await subjectOf(store, accountId, arn);
  const byId = new Map(who.map((one) => [one.id, one]));
  const rows = await activity.of([...byId.keys()]);
  const used = Map.groupBy(rows, ({ action }) => action.slice(0, action.indexOf(':')));
  const services = new Set([...grantedServices(documents), ...used.keys()]);
  return [...services].sort().map((namespace) => serviceAccess(namespace, used.get(namespace) ?? [], byId));
}

function serviceAccess(
  namespace: string,
  rows: readonly ActivityRow[],
  byId: ReadonlyMap<string, EntityRef>,
): ServiceAccess {
  const accessOf = (row: ActivityRow): Access => ({
    arn: byId.get(row.entity_id)?.arn ?? '',
    atMs: row.used_at_ms,
    region: row.region,
  });
  const latest = (some: readonly ActivityRow[]) => some.toSorted((one, other) => other.used_at_ms - one.used_at_ms)[0];
  const last = latest(rows);
  const actions = [...Map.groupBy(rows, (row) => row.action)].flatMap(([action, uses]) => {
    const use = latest(uses);
    return use === undefined ? [] : [{ name: action.slice(namespace.length + 1), ...accessOf(use) }];
  });
  const entities = [...byId.values()].map(({ arn, name, kind, id, path }): EntityAccess => {
    const use = latest(rows.filter((row) => row.entity_id === id));
    return { arn, name, type: kind === 'role' ? 'ROLE' : 'USER', id, path, atMs: use?.used_at_ms };
  });
  return { namespace, last: last && accessOf(last), actions, entities };
}

interface Subject {
  readonly documents: readonly PolicyDocument[];
  /** The users and roles that it is or that have it. */
  readonly who: readonly EntityRef[];
}

async function subjectOf(store: IamStore, accountId: AccountId, arn: string): Promise<Subject> {
  const tables = store.database.tables<IamTables>();
  const [, kind, name = ''] = /^(user|group|role|policy)\/(?:.*\/)?([^/]+)$/.exec(parseArn(arn)?.resource ?? '') ?? [];
  if (kind === 'policy') {
    const document = await documentOf(store, arn);
    const owner = parseArn(arn)?.accountId;
    if (document === undefined || (owner !== accountId && owner !== 'aws')) throw noSuchEntity(`Policy ${arn}`);
    return { documents: [document], who: await holdersOf(store, accountId, arn) };
  }
  const isEntity = kind === 'user' || kind === 'group' || kind === 'role';
  const entity = isEntity ? await findEntity(tables, { kind, accountId, name }) : undefined;
  if (entity?.arn !== arn) throw noSuchEntity(`The entity ${arn}`);
  const groups = kind === 'user' ? await listGroupsOf(tables, entity.id) : [];
  const owners = [entity.id, ...groups.map((group) => group.group_id)];
  const documents = (await Promise.all(owners.map((id) => policiesOf(store, tables, id)))).flat();
  const who = kind === 'group' ? await membersOf(store, entity.id) : [entity];
  return { documents, who };
}

const all = { after: '', limit: 10_000 } as const;

async function membersOf(store: IamStore, groupId: string): Promise<readonly EntityRef[]> {
  const rows = await listMembers(store.database.tables<IamTables>(), groupId, all.after, all.limit);
  return rows.map(userRef);
}

async function holdersOf(store: IamStore, accountId: AccountId, policyArn: string): Promise<readonly EntityRef[]> {
  const tables = store.database.tables<IamTables>();
  const query = { accountId, policyArn, pathPrefix: '/', usage: 'PermissionsPolicy', ...all } as const;
  const found = new Map<string, EntityRef>();
  for (const { kind, owner_id } of await listHolders(tables, { ...query, kinds: ['group', 'user', 'role'] })) {
    if (kind === 'group') for (const member of await membersOf(store, owner_id)) found.set(member.id, member);
    const user = kind === 'user' ? await findUserById(tables, owner_id) : undefined;
    const role = kind === 'role' ? await findRoleById(tables, owner_id) : undefined;
    const entity = user === undefined ? role && roleRef(role) : userRef(user);
    if (entity !== undefined) found.set(entity.id, entity);
  }
  return [...found.values()];
}

/** The services that are served here and of which the policies allow something. */
function grantedServices(documents: readonly PolicyDocument[]): readonly string[] {
  return servedServices.filter((service) => documents.some((document) => grantsService(document, service)));
}
