// What KMS demands of each member of the operations of multi-Region keys.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { key, matching, policyDocument, tags } from '../member-constraints.ts';

const region: MemberConstraint = { length: [1, 32], pattern: matching(/^[a-z0-9-]+$/, '^([a-z]+-){2,3}\\d+$') };

export const replicaConstraints: Readonly<Record<string, InputConstraints>> = {
  ReplicateKey: { ...key, ReplicaRegion: region, Policy: policyDocument, Description: { length: [0, 8192] }, ...tags },
  UpdatePrimaryRegion: { ...key, PrimaryRegion: region },
};
