// Needs of this door: their resources are named after the organisation, which only the rooms know.

import type { Caller } from '#core/caller.ts';
import { type Need, need } from '#core/need.ts';
import type { Organization, OrganizationsRooms } from './rooms.ts';

/** For actions that name no resource. */
export function needOnAll(action: string): () => readonly Need[] {
  return () => [need(`organizations:${action}`, '*')];
}

/** One need on the ARN that `arnOf` makes of the input; on everything where there is no organisation. */
export function needOnArn<Input>(action: string, arnOf: (organization: Organization, input: Input) => string) {
  return {
    // All of it is found out below, with the rooms.
    needs: (): readonly Need[] => [],
    furtherNeeds: (input: Input, _caller: Caller, { organization }: OrganizationsRooms): readonly Need[] => [
      need(`organizations:${action}`, organization === undefined ? '*' : arnOf(organization, input)),
    ],
  };
}
