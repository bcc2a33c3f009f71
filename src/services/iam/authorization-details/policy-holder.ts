// What policies an entity has, as GetAccountAuthorizationDetails shows them.

import { percentEncoded } from '../documents.ts';
import type { Owner } from '../entities/entity.ts';
import type { IamRooms } from '../rooms.ts';

type Rooms = Pick<IamRooms, 'attachments' | 'inlinePolicies'>;

export async function attachedView({ attachments }: Rooms, owner: Owner) {
  return (await attachments.list(owner)).map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }));
}

/** Inline policies with what they say. */
export async function inlineView({ inlinePolicies }: Rooms, owner: Owner) {
  const names = await inlinePolicies.names(owner);
  const policies = await Promise.all(names.map((name) => inlinePolicies.get(owner, name)));
  return policies.map((policy) => ({
    PolicyName: policy.policyName,
    PolicyDocument: percentEncoded(policy.document),
  }));
}
