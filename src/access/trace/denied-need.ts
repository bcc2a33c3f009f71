// A need that was refused, with everything that the decision stood on: objects that never change, so that the tree
// can be drawn later, off the path of the request.

import type { Caller } from '#core/caller.ts';
import type { Need } from '#core/need.ts';
import type { Applying } from '../applying.ts';
import type { Decision } from '../decision.ts';
import type { AccessRequest } from '../evaluate.ts';

export interface DeniedNeed {
  readonly caller: Caller;
  readonly need: Need;
  /** The request as it was evaluated, time and all. */
  readonly request: AccessRequest;
  readonly applying: Applying;
  readonly decision: Decision;
  readonly deniedAtMs: number;
}

/** Takes what is needed and returns at once; never throws. */
export type NoteDenial = (denied: DeniedNeed) => void;
