// What IAM demands of each member of the operations of MFA devices.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { existingUserName, matching, page, path, tagKeys, tags } from '../member-constraints.ts';

const name: MemberConstraint = { length: [1, 226], pattern: matching(/^[\w+=,.@-]+$/, '[\\w+=,.@-]+') };
const serial: MemberConstraint = { length: [9, 256], pattern: matching(/^[\w+=/:,.@-]+$/, '[\\w+=/:,.@-]+') };
const code: MemberConstraint = { length: [6, 6], pattern: matching(/^\d+$/, '[\\d]+'), secret: true };

const device: InputConstraints = { SerialNumber: serial };
const own: InputConstraints = { ...device, UserName: existingUserName };
const codes: InputConstraints = { ...own, AuthenticationCode1: code, AuthenticationCode2: code };

export const mfaConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateVirtualMFADevice: { VirtualMFADeviceName: name, Path: path, ...tags },
  EnableMFADevice: codes,
  ResyncMFADevice: codes,
  DeactivateMFADevice: own,
  DeleteVirtualMFADevice: device,
  GetMFADevice: own,
  ListMFADevices: { UserName: existingUserName, ...page },
  ListVirtualMFADevices: { AssignmentStatus: { enum: ['Assigned', 'Unassigned', 'Any'] }, ...page },
  TagMFADevice: { ...device, ...tags },
  UntagMFADevice: { ...device, ...tagKeys },
  ListMFADeviceTags: { ...device, ...page },
};
