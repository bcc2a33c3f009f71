// Instance profiles: create, get, list, delete, and the role in each.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import { need, passRole } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { needOn } from '../entities/names.ts';
import { pageOfList, pageOfTable } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import { needsToCreate } from '../tags/needs.ts';
import { listingTags, type Taggable, tagging, untagging } from '../tags/tag-operations.ts';
import { type Profile, requireProfile } from './instance-profiles.ts';
import { profileView } from './profile-view.ts';

interface ProfileInput {
  readonly InstanceProfileName: string;
}

function profileArn({ accountId }: Pick<Caller, 'accountId'>, name: string, path = '/'): string {
  return iamArn(accountId, 'instance-profile', path, name);
}

const needOnProfile = (action: string) => (input: ProfileInput, caller: Caller) => [
  need(action, profileArn(caller, input.InstanceProfileName)),
];

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html */
const createInstanceProfile = operation<typeof Iam, 'CreateInstanceProfile', IamRooms>({
  kind: 'write',
  needs: ({ InstanceProfileName: name, Path, Tags }, caller) =>
    needsToCreate(['iam:CreateInstanceProfile', 'iam:TagInstanceProfile'], profileArn(caller, name, Path), Tags),
  errors: ['validation-failed', 'invalid-input', 'entity-already-exists', 'entity-limit-exceeded'],
  async handle({ InstanceProfileName: name, Path: path = '/', Tags: tags = [] }, { accountId }, rooms) {
    const profile = await rooms.instanceProfiles.create({ accountId, name, path, tags });
    return { InstanceProfile: await detailsView(rooms, profile) };
  },
});

const getInstanceProfile = operation<typeof Iam, 'GetInstanceProfile', IamRooms>({
  kind: 'read',
  needs: needOnProfile('iam:GetInstanceProfile'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ InstanceProfileName: name }, { accountId }, rooms) {
    return { InstanceProfile: await detailsView(rooms, await rooms.instanceProfiles.get(accountId, name)) };
  },
});

const listInstanceProfiles = operation<typeof Iam, 'ListInstanceProfiles', IamRooms>({
  kind: 'read',
  needs: ({ PathPrefix }, caller) => [need('iam:ListInstanceProfiles', profileArn(caller, '*', PathPrefix))],
  errors: ['validation-failed'],
  async handle(input, { accountId }, rooms) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const scope = `ListInstanceProfiles/${accountId}/${pathPrefix}`;
    const { items, ...page } = await pageOfTable(rooms, scope, input, {
      read: (after, limit) => rooms.instanceProfiles.list(accountId, { pathPrefix, after, limit }),
      keyOf: ({ row }) => row.name_key,
    });
    return { InstanceProfiles: await Promise.all(items.map((profile) => profileView(rooms, profile))), ...page };
  },
});

const listInstanceProfilesForRole = operation<typeof Iam, 'ListInstanceProfilesForRole', IamRooms>({
  kind: 'read',
  needs: needOn('role', 'iam:ListInstanceProfilesForRole'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, { accountId }, rooms) {
    const all = await rooms.instanceProfiles.ofRole(accountId, input.RoleName);
    const scope = `ListInstanceProfilesForRole/${accountId}/${input.RoleName}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all, keyOf: ({ row }) => row.name_key });
    return { InstanceProfiles: await Promise.all(items.map((profile) => profileView(rooms, profile))), ...page };
  },
});

const deleteInstanceProfile = operation<typeof Iam, 'DeleteInstanceProfile', IamRooms>({
  kind: 'write',
  needs: needOnProfile('iam:DeleteInstanceProfile'),
  errors: ['validation-failed', 'no-such-entity', 'delete-conflict'],
  async handle({ InstanceProfileName: name }, { accountId }, { instanceProfiles }) {
    await instanceProfiles.remove(accountId, name);
    return {};
  },
});

/** Machines of the profile get the role: who puts it there passes it on. */
const addRoleToInstanceProfile = operation<typeof Iam, 'AddRoleToInstanceProfile', IamRooms>({
  kind: 'write',
  needs: (input, caller) => [
    ...needOnProfile('iam:AddRoleToInstanceProfile')(input, caller),
    passRole(iamArn(caller.accountId, 'role', '/', input.RoleName), 'ec2.amazonaws.com'),
  ],
  errors: ['validation-failed', 'no-such-entity', 'entity-limit-exceeded', 'unmodifiable-entity'],
  async handle({ InstanceProfileName: name, RoleName }, { accountId }, { instanceProfiles }) {
    await instanceProfiles.addRole(accountId, name, RoleName);
    return {};
  },
});

const removeRoleFromInstanceProfile = operation<typeof Iam, 'RemoveRoleFromInstanceProfile', IamRooms>({
  kind: 'write',
  needs: needOnProfile('iam:RemoveRoleFromInstanceProfile'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ InstanceProfileName: name, RoleName }, { accountId }, { instanceProfiles }) {
    await instanceProfiles.removeRole(accountId, name, RoleName);
    return {};
  },
});

const profiles: Taggable<ProfileInput> = {
  needs: needOnProfile,
  find:
    ({ InstanceProfileName: name }, { accountId }) =>
    async (tables) =>
      (await requireProfile(tables, accountId, name)).profile_id,
};

export const instanceProfileOperations = {
  CreateInstanceProfile: createInstanceProfile,
  GetInstanceProfile: getInstanceProfile,
  ListInstanceProfiles: listInstanceProfiles,
  ListInstanceProfilesForRole: listInstanceProfilesForRole,
  DeleteInstanceProfile: deleteInstanceProfile,
  AddRoleToInstanceProfile: addRoleToInstanceProfile,
  RemoveRoleFromInstanceProfile: removeRoleFromInstanceProfile,
  TagInstanceProfile: operation<typeof Iam, 'TagInstanceProfile', IamRooms>(
    tagging(profiles, 'iam:TagInstanceProfile'),
  ),
  UntagInstanceProfile: operation<typeof Iam, 'UntagInstanceProfile', IamRooms>(
    untagging(profiles, 'iam:UntagInstanceProfile'),
  ),
  ListInstanceProfileTags: operation<typeof Iam, 'ListInstanceProfileTags', IamRooms>(
    listingTags(profiles, 'iam:ListInstanceProfileTags'),
  ),
};

async function detailsView(rooms: IamRooms, profile: Profile) {
  const tags = await rooms.instanceProfiles.tags(profile.row.profile_id);
  return { ...(await profileView(rooms, profile)), ...(tags.length === 0 ? {} : { Tags: tags }) };
}
