// AWS Query: Action and members as form parameters, answers as XML. IAM and STS speak it.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Reply, Request } from '#core/message.ts';
import type { Service } from '#core/service.ts';
import { errorShape, schemaOf, shapeOf } from '../schema.ts';
import type { Refusal, WireFormat } from '../wire-format.ts';
import { type FormNode, malformed, parseForm, valueOf } from './form.ts';
import { readStructure } from './read-form.ts';
import { element, escapeXml, writeStructure } from './write-xml.ts';

/** The wire format of services whose protocol is `aws-query`. */
export const awsQuery: WireFormat = { operationOf, read, write, refuse };

async function operationOf(service: Service, request: Request): Promise<string> {
  const form = await formOf(request);
  const action = valueOf(form, 'Action') ?? '';
  const version = valueOf(form, 'Version') ?? '';
  if (Object.hasOwn(service.operations, action) && version === service.version) return action;
  const message = `Could not find operation ${shorten(action)} for version ${shorten(version)}`;
  throw new DomainError('unknown-operation', message, {});
}

async function read(service: Service, operation: string, request: Request): Promise<unknown> {
  const schema = schemaOf(service);
  const inputName = schema.operations[operation]?.input ?? null;
  const input = inputName === null ? {} : readStructure(schema, inputName, await formOf(request));
  service.check?.(operation, input);
  return input;
}

function write(service: Service, operation: string, output: unknown, requestId: string): Reply {
  const schema = schemaOf(service);
  const outputName = schema.operations[operation]?.output ?? null;
  const result =
    outputName === null
      ? ''
      : `<${operation}Result>${writeStructure(schema, shapeOf(schema, outputName), output)}</${operation}Result>`;
  const metadata = `<ResponseMetadata>${element('RequestId', requestId)}</ResponseMetadata>`;
  const root = `${operation}Response`;
  return reply(200, `<${root} xmlns="${escapeXml(service.namespace ?? '')}">${result}${metadata}</${root}>`, requestId);
}

function refuse(service: Service, refusal: Refusal, requestId: string): Reply {
  const { code, status, message, members, retryAfterMs } = refusal;
  const schema = schemaOf(service);
  const shape = errorShape(schema, code);
  // `message` is spelt <Message> in the envelope; an exception's own members follow it.
  const modelled = shape === undefined ? '' : writeStructure(schema, shape, { ...members, message: undefined });
  const type = status >= 500 ? 'Receiver' : 'Sender';
  const error = `${element('Type', type)}${element('Code', code)}${element('Message', message)}${modelled}`;
  const body = `<Error>${error}</Error>${element('RequestId', requestId)}`;
  const answer = reply(
    status,
    `<ErrorResponse xmlns="${escapeXml(service.namespace ?? '')}">${body}</ErrorResponse>`,
    requestId,
  );
  if (retryAfterMs !== undefined) answer.headers['retry-after'] = Math.ceil(retryAfterMs / 1000);
  return answer;
}

// A request is parsed when it is named and read again a moment later: keep its parameters as long as it lives.
const forms = new WeakMap<Request, FormNode>();

/** The parameters: of the body when there is one, else of the URL (presigned requests, GET). */
async function formOf(request: Request): Promise<FormNode> {
  const known = forms.get(request);
  if (known !== undefined) return known;
  const bytes = request.method === 'POST' ? await request.body.bytes(limits.queryBodyBytesMax) : Buffer.alloc(0);
  const form = parseForm(bytes.length === 0 ? request.query : ascii(bytes));
  forms.set(request, form);
  return form;
}

function ascii(bytes: Buffer): string {
  // Percent-encoding leaves nothing but ASCII; latin1 keeps any other byte recognisable.
  const text = bytes.toString('latin1');
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0x7e) throw malformed('The request body is not form-encoded.');
  }
  return text;
}

function reply(status: number, xml: string, requestId: string): Reply {
  return { status, headers: { 'content-type': 'text/xml; charset=utf-8', 'x-amzn-requestid': requestId }, body: xml };
}

function shorten(text: string): string {
  return text.length <= 64 ? text : `${text.slice(0, 64)}…`;
}
