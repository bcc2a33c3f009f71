// AWS JSON 1.1: the operation stands in X-Amz-Target, bodies are JSON, errors carry `__type`. ECR speaks it.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { headerOf, type Reply, type Request } from '#core/message.ts';
import type { Service } from '#core/service.ts';
import { errorShape, schemaOf, shapeOf } from '../schema.ts';
import type { Refusal, WireFormat } from '../wire-format.ts';
import { readStructure } from './read-json.ts';
import { parseStrictJson } from './strict-json.ts';
import { writeStructure } from './write-json.ts';

const contentType = 'application/x-amz-json-1.1';

/** The wire format of services whose protocol is `aws-json-1.1`. */
export const awsJson: WireFormat = { operationOf, read, write, refuse };

function operationOf(service: Service, request: Request): string {
  const target = headerOf(request.headers, 'x-amz-target') ?? '';
  const prefix = `${service.target ?? ''}.`;
  const name = target.startsWith(prefix) ? target.slice(prefix.length) : '';
  if (request.method === 'POST' && Object.hasOwn(service.operations, name)) return name;
  throw new DomainError('unknown-operation', `The operation is not one of service ${service.name}.`, {});
}

async function read(service: Service, operation: string, request: Request): Promise<unknown> {
  const schema = schemaOf(service);
  const inputName = schema.operations[operation]?.input ?? null;
  const bytes = await request.body.bytes(limits.requestBodyBytesMax);
  // Clients of operations without input may send nothing at all.
  const value = bytes.length === 0 ? {} : parseStrictJson(bytes);
  const input = inputName === null ? {} : readStructure(schema, inputName, value, service.missing);
  service.check?.(operation, input);
  return input;
}

function write(service: Service, operation: string, output: unknown, requestId: string): Reply {
  const schema = schemaOf(service);
  const outputName = schema.operations[operation]?.output ?? null;
  const body = outputName === null ? {} : writeStructure(schema, shapeOf(schema, outputName), output);
  return reply(200, body, requestId);
}

function refuse(service: Service, refusal: Refusal, requestId: string): Reply {
  const { code, status, message, members, retryAfterMs } = refusal;
  const schema = schemaOf(service);
  const shape = errorShape(schema, code);
  const modelled = shape === undefined ? {} : writeStructure(schema, shape, { ...members, message });
  const answer = reply(status, { __type: code, ...modelled, message }, requestId);
  answer.headers['x-amzn-errortype'] = code;
  if (retryAfterMs !== undefined) answer.headers['retry-after'] = Math.ceil(retryAfterMs / 1000);
  return answer;
}

function reply(status: number, body: unknown, requestId: string): Reply {
  return {
    status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': requestId },
    body: JSON.stringify(body),
  };
}
