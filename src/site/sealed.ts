// What a sealed site answers: 503 in each door's shape, with the reason. Nothing is read, known or recorded meanwhile.

import { limits } from '#core/limits.ts';
import type { Reply } from '#core/message.ts';
import type { ErrorSpelling } from '#core/operation.ts';
import type { Random } from '#core/random.ts';
import type { ProtocolName, Service } from '#core/service.ts';
import { writeReply } from '#edge/reply.ts';
import { spellCorridorError } from '#wire/corridor-errors.ts';
import { awsJson } from '#wire/json/aws-json.ts';
import { ociErrors } from '#wire/oci/errors.ts';
import { ociFormat } from '#wire/oci/oci-format.ts';
import { isOciPath } from '#wire/oci/route.ts';
import { awsQuery } from '#wire/query/aws-query.ts';
import type { WireFormat } from '#wire/wire-format.ts';
import type { Served } from './turnout.ts';

interface Shape {
  readonly protocol: ProtocolName;
  readonly format: WireFormat;
  readonly spelling: ErrorSpelling;
}

const oci: Shape = {
  protocol: 'oci',
  format: ociFormat({ mode: 'strict', realm: '/' }),
  spelling: ociErrors('strict')['storage-unavailable'],
};
const json: Shape = {
  protocol: 'aws-json-1.1',
  format: awsJson,
  spelling: spellCorridorError('storage-unavailable', 'aws-json-1.1'),
};
const query: Shape = {
  protocol: 'aws-query',
  format: awsQuery,
  spelling: spellCorridorError('storage-unavailable', 'aws-query'),
};

/** `reason` is one sentence for whoever asks. */
export function sealedSite(reason: string, random: Random): Served {
  return {
    async handle(message, response) {
      const path = (message.url ?? '/').split('?')[0] ?? '/';
      const shape = shapeOf(path, message.headers['x-amz-target'] !== undefined);
      const reply = shape === undefined ? plain(reason) : refusal(shape, reason, random.uuid());
      reply.headers['retry-after'] = Math.ceil(limits.sealedRetryMs / 1000);
      await writeReply(message, response, reply);
    },
    metrics: { text: () => '# TYPE sallyport_sealed gauge\nsallyport_sealed 1\n' },
    checks: [{ name: `unsealed (${reason})`, isReady: () => false }],
  };
}

function shapeOf(path: string, hasTarget: boolean): Shape | undefined {
  if (isOciPath(path)) return oci;
  if (path !== '/') return undefined;
  return hasTarget ? json : query;
}

function refusal({ protocol, format, spelling }: Shape, reason: string, requestId: string): Reply {
  // No door is open: only its way of writing is borrowed.
  const service: Service = {
    ...{ name: 'sealed', protocol, eventSource: 'sallyport.local', schema: 'sallyport' },
    ...{ operations: {}, errors: {}, rooms: undefined },
  };
  return format.refuse(service, { ...spelling, message: reason }, requestId);
}

function plain(reason: string): Reply {
  return { status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${reason}\n` };
}
