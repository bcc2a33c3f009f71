// Policies that a simulation is to leave out, as if they were not attached.

import type * as Iam from '@aws-sdk/client-iam';
import type { InputOf } from '#wire/sdk.ts';
import type { AttachedPolicy } from './policy-sources.ts';

type Exclusions = NonNullable<InputOf<typeof Iam, 'SimulatePrincipalPolicy'>['PolicyExclusionList']>;

/** Managed policies by ARN, inline ones by name and by what they stand in. */
export function excluding(policies: readonly AttachedPolicy[], list: Exclusions = []): readonly AttachedPolicy[] {
  return policies.filter(({ document, owner }) =>
    list.every(({ PolicyArn, InlinePolicyIdentifier: inline }) => {
      if (PolicyArn === document.name) return false;
      return !(
        inline?.PolicyName === document.name &&
        inline.AttachmentName === owner.name &&
        inline.AttachmentType.toLowerCase() === owner.kind
      );
    }),
  );
}
