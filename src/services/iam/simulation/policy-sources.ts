// Whose policies are simulated: a user with its groups, a group or a role, each policy with what it is attached to.

import type { AccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { Principal } from '#core/caller.ts';
import type { PolicyDocument, PrincipalFacts } from '#core/ports/policy-source.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import { principalNamed } from '#core/principal-named.ts';
import type { EntityKind, EntityRef } from '../entities/entity.ts';
import { findEntity } from '../entities/find.ts';
import { type PrincipalFactsOf, policiesOf } from '../entities/principal-facts.ts';
import { groupRef } from '../groups/group-ref.ts';
import { listGroupsOf } from '../groups/tables.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';

export interface AttachedPolicy {
  readonly document: PolicyDocument;
  readonly owner: EntityRef;
}

export interface PolicySourceEntity {
  /** As which its calls would be made; a group's would be a member's. */
  readonly principal: Principal;
  readonly policies: readonly AttachedPolicy[];
  /** Boundary and tags. */
  readonly facts: PrincipalFacts;
}

export interface Simulation {
  /** The user, group or role with this ARN; undefined when there is none. */
  sourceOf(arn: string): Promise<PolicySourceEntity | undefined>;
  readonly principals: PrincipalDirectory;
}

const noFacts: PrincipalFacts = Object.freeze({ identity: [], tags: {} });

export function openSimulation(
  store: IamStore,
  principals: PrincipalDirectory,
  principalFacts: PrincipalFactsOf,
): Simulation {
  const tables = store.database.tables<IamTables>();
  const attached = async (owner: EntityRef): Promise<readonly AttachedPolicy[]> => {
    const documents = await policiesOf(store, tables, owner.id);
    return documents.map((document) => ({ document, owner }));
  };
  const ofGroup = async (group: EntityRef): Promise<PolicySourceEntity> => {
    const { accountId, arn, id } = group;
    return {
      principal: { kind: 'user', accountId, arn, principalId: id },
      policies: await attached(group),
      facts: noFacts,
    };
  };
  return {
    principals,
    async sourceOf(arn) {
      const { accountId = '', resource = '' } = parseArn(arn) ?? {};
      const kind = (['user', 'group', 'role'] as const).find((one: EntityKind) => resource.startsWith(`${one}/`));
      if (kind === undefined) return undefined;
      const name = resource.slice(resource.lastIndexOf('/') + 1);
      const entity = await findEntity(tables, { kind, accountId: accountId as AccountId, name });
      if (entity?.arn !== arn) return undefined;
      if (kind === 'group') return ofGroup(entity);
      const principal = await principalNamed(principals, arn, store.clock.nowMs());
      if (principal === undefined) return undefined;
      const groups = kind === 'user' ? (await listGroupsOf(tables, entity.id)).map(groupRef) : [];
      const policies = (await Promise.all([entity, ...groups].map(attached))).flat();
      return { principal, policies, facts: await principalFacts(principal) };
    },
  };
}
