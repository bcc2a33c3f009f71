// The identify step: which proof a door takes, and the caller that it proves.

import type { Call, Caller } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { headerOf, type Request } from '#core/message.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { Identity } from '#identity/identity.ts';
import type { Door } from './door.ts';

export type Identify = (door: Door, request: Request, call: Call) => MaybePromise<Caller>;

const downloadPrefix = '/layers/';

/** Signed AWS calls by SigV4; docker clients by registry token; a download URL by the token in its path. */
export function openIdentify(identity: Identity): Identify {
  return (door, request, call) => {
    if (door.credential === 'signature') {
      const { signingName = '', global = false, protocol } = door.service;
      const isQuery = protocol === 'aws-query';
      const bodyBytesMax = isQuery ? limits.queryBodyBytesMax : limits.requestBodyBytesMax;
      return identity.bySignature(request, call, { signingName, global, bodyBytesMax });
    }
    if (request.path.startsWith(downloadPrefix)) {
      return identity.byDownloadToken(request.path.slice(downloadPrefix.length), call);
    }
    return identity.byRegistryToken(headerOf(request.headers, 'authorization'), call);
  };
}
