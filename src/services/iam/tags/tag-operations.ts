// Tag, untag and list tags: written once, made for everything that can be tagged.

import type * as Iam from '@aws-sdk/client-iam';
import type { Caller } from '#core/caller.ts';
import type { ErrorKind } from '#core/errors.ts';
import { type Need, need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import type { EntityKind } from '../entities/entity.ts';
import { requireEntity } from '../entities/find.ts';
import { type EntityInput, needOn, ownerOf } from '../entities/names.ts';
import { type PageInput, pageOfList } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import type { Tag, TaggedId } from './tags.ts';

/** A kind of thing that can be tagged. */
export interface Taggable<Input> {
  readonly needs: (action: string) => (input: Input, caller: Caller) => readonly Need[];
  readonly find: (input: Input, caller: Caller) => TaggedId;
}

export const tagging = <Input>({ needs, find }: Taggable<Input>, action: string) => ({
  kind: 'write' as const,
  needs: (input: Input & { readonly Tags: readonly Tag[] }, caller: Caller) =>
    needs(action)(input, caller).map((one) => need(one.action, one.resource, { requestTags: input.Tags })),
  errors: ['validation-failed', 'no-such-entity', 'invalid-input', 'entity-limit-exceeded'] satisfies ErrorKind[],
  async handle(input: Input & { readonly Tags: readonly Tag[] }, caller: Caller, { tags }: IamRooms) {
    await tags.add(find(input, caller), input.Tags);
    return {};
  },
});

export const untagging = <Input>({ needs, find }: Taggable<Input>, action: string) => ({
  kind: 'write' as const,
  needs: (input: Input & { readonly TagKeys: readonly string[] }, caller: Caller) =>
    needs(action)(input, caller).map((one) => need(one.action, one.resource, { tagKeys: input.TagKeys })),
  errors: ['validation-failed', 'no-such-entity'] satisfies ErrorKind[],
  async handle(input: Input & { readonly TagKeys: readonly string[] }, caller: Caller, { tags }: IamRooms) {
    await tags.remove(find(input, caller), input.TagKeys);
    return {};
  },
});

export const listingTags = <Input>({ needs, find }: Taggable<Input>, action: string) => ({
  kind: 'read' as const,
  needs: needs(action),
  errors: ['validation-failed', 'no-such-entity'] satisfies ErrorKind[],
  async handle(input: Input & PageInput, caller: Caller, rooms: IamRooms) {
    const all = await rooms.tags.list(find(input, caller));
    const [tagged] = needs(action)(input, caller);
    const { items, ...page } = pageOfList(rooms, `${action}/${tagged?.resource ?? ''}`, input, {
      all,
      keyOf: ({ Key }) => Key.toLowerCase(),
    });
    return { Tags: items, ...page };
  },
});

const entities = (kind: EntityKind): Taggable<EntityInput> => ({
  needs: (action) => needOn(kind, action),
  find: (input, caller) => async (tables) => (await requireEntity(tables, ownerOf(kind, input, caller))).id,
});

export const tagOperations = {
  TagUser: operation<typeof Iam, 'TagUser', IamRooms>(tagging(entities('user'), 'iam:TagUser')),
  UntagUser: operation<typeof Iam, 'UntagUser', IamRooms>(untagging(entities('user'), 'iam:UntagUser')),
  ListUserTags: operation<typeof Iam, 'ListUserTags', IamRooms>(listingTags(entities('user'), 'iam:ListUserTags')),
  TagRole: operation<typeof Iam, 'TagRole', IamRooms>(tagging(entities('role'), 'iam:TagRole')),
  UntagRole: operation<typeof Iam, 'UntagRole', IamRooms>(untagging(entities('role'), 'iam:UntagRole')),
  ListRoleTags: operation<typeof Iam, 'ListRoleTags', IamRooms>(listingTags(entities('role'), 'iam:ListRoleTags')),
};
