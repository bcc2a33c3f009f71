// What the handlers of Sallyport's own door are given.

import type { Clock } from '#core/clock.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import type { Denials } from './denials/denials.ts';

export interface SallyportRooms {
  readonly denials: Denials;
  readonly policies: PolicySource;
  readonly principals: PrincipalDirectory;
  readonly clock: Clock;
}
