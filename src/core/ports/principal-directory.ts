// Asked by services that keep resource policies, answered by services/iam: which principal a name means, for good.

import type { MaybePromise } from '../operation.ts';

export interface PrincipalDirectory {
  /** The unique id of the user or role that an ARN or unique id names now; undefined when there is none. */
  idOf(name: string): MaybePromise<string | undefined>;
  /** The ARN of whoever has a unique id; undefined when nobody has it any more. */
  arnOf(id: string): MaybePromise<string | undefined>;
}
