// What IAM demands of each member of the simulators (API reference).

import type { InputConstraints } from '#wire/constraints.ts';
import { arn, document, matching, page } from '../member-constraints.ts';

const policies: InputConstraints = { PolicyInputList: { size: [0, 100] }, 'PolicyInputList[]': document };
const scenario: InputConstraints = {
  ...policies,
  PermissionsBoundaryPolicyInputList: { size: [0, 100] },
  'PermissionsBoundaryPolicyInputList[]': document,
  ActionNames: { size: [1, 1000] },
  'ActionNames[]': { length: [3, 128], pattern: matching(/^[\w-]+:\w+$/, '[\\w-]+:\\w+') },
  ResourceArns: { size: [0, 1000] },
  'ResourceArns[]': { length: [1, 2048] },
  ResourcePolicy: document,
  ResourceOwner: { length: [1, 2048] },
  CallerArn: { length: [1, 2048] },
  ContextEntries: { size: [0, 200] },
  'ContextEntries[].ContextKeyName': { length: [5, 256] },
  'ContextEntries[].ContextKeyValues': { size: [0, 100] },
  ...page,
};

export const simulationConstraints: Readonly<Record<string, InputConstraints>> = {
  SimulateCustomPolicy: scenario,
  SimulatePrincipalPolicy: { PolicySourceArn: arn, ...scenario },
  GetContextKeysForCustomPolicy: policies,
  GetContextKeysForPrincipalPolicy: { PolicySourceArn: arn, ...policies },
};
