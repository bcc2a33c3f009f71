// What the handlers of Sallyport's own door are given.

import type { Denials } from './denials/denials.ts';

export interface SallyportRooms {
  readonly denials: Denials;
}
