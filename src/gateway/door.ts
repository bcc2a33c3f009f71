// A door: one service with the wire format it speaks and the way its callers prove who they are.

import type { CorridorErrorKind } from '#core/errors.ts';
import type { ErrorSpelling } from '#core/operation.ts';
import type { Service } from '#core/service.ts';
import type { WireFormat } from '#wire/wire-format.ts';

export interface Door {
  readonly service: Service;
  readonly format: WireFormat;
  /** How this door's wire format spells the corridor's own refusals. */
  readonly spell: (kind: CorridorErrorKind) => ErrorSpelling;
  /** What credential this door takes: AWS services are signed, docker clients carry a registry token. */
  readonly credential: 'signature' | 'registry-token';
}
