// The IAM door: users, access keys and user policies. Roles, groups and the rest come with the identity issue.

import type { Service } from '#core/service.ts';
import { createAccessKey, deleteAccessKey, listAccessKeys, updateAccessKey } from './access-key-operations.ts';
import { checkInput } from './constraints.ts';
import { iamErrors } from './errors.ts';
import { getPolicy, getPolicyVersion, listPolicies } from './managed-policy-operations.ts';
import type { IamRooms } from './rooms.ts';
import { createUser, deleteUser, getUser, listUsers } from './user-operations.ts';
import {
  attachUserPolicy,
  deleteUserPolicy,
  detachUserPolicy,
  getUserPolicy,
  listAttachedUserPolicies,
  listUserPolicies,
  putUserPolicy,
} from './user-policy-operations.ts';

const operations = {
  CreateUser: createUser,
  GetUser: getUser,
  ListUsers: listUsers,
  DeleteUser: deleteUser,
  CreateAccessKey: createAccessKey,
  ListAccessKeys: listAccessKeys,
  UpdateAccessKey: updateAccessKey,
  DeleteAccessKey: deleteAccessKey,
  PutUserPolicy: putUserPolicy,
  GetUserPolicy: getUserPolicy,
  ListUserPolicies: listUserPolicies,
  DeleteUserPolicy: deleteUserPolicy,
  AttachUserPolicy: attachUserPolicy,
  DetachUserPolicy: detachUserPolicy,
  ListAttachedUserPolicies: listAttachedUserPolicies,
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  ListPolicies: listPolicies,
};

/** The door's description for the gateway. */
export function iamService(rooms: IamRooms): Service<IamRooms> {
  return {
    name: 'iam',
    protocol: 'aws-query',
    signingName: 'iam',
    global: true,
    eventSource: 'iam.amazonaws.com',
    version: '2010-05-08',
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    schema: 'iam',
    operations,
    check: checkInput,
    errors: iamErrors,
    rooms,
  };
}
