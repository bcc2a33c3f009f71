// What IAM demands of each member of the operations of instance profiles.

import type { InputConstraints } from '#wire/constraints.ts';
import { entityName, longName, page, path, pathPrefix, tagKeys, tags } from '../member-constraints.ts';

const profile: InputConstraints = { InstanceProfileName: longName };
const role: InputConstraints = { RoleName: entityName };

export const instanceProfileConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateInstanceProfile: { ...profile, Path: path, ...tags },
  GetInstanceProfile: profile,
  ListInstanceProfiles: { PathPrefix: pathPrefix, ...page },
  ListInstanceProfilesForRole: { ...role, ...page },
  DeleteInstanceProfile: profile,
  AddRoleToInstanceProfile: { ...profile, ...role },
  RemoveRoleFromInstanceProfile: { ...profile, ...role },
  TagInstanceProfile: { ...profile, ...tags },
  UntagInstanceProfile: { ...profile, ...tagKeys },
  ListInstanceProfileTags: { ...profile, ...page },
};
