// Calls one operation of the running server's own door, as a caller with the rights that its credentials have.

import type { InputOf, OutputOf, SallyportOperationName } from '#services/sallyport/service.ts';
import { readStructure } from '#wire/json/read-json.ts';
import { writeStructure } from '#wire/json/write-json.ts';
import { schemaOf, shapeOf } from '#wire/schema.ts';
import { postSigned } from './send.ts';
import { type TargetSources, targetOf } from './target.ts';

/** What the server answered instead of doing it. */
export class ApiError extends Error {
  /** `AccessDeniedException`, `ResourceNotFoundException`, … */
  readonly code: string;
  readonly requestId: string;
  /** The message as it was answered. */
  readonly answer: string;
  constructor(code: string, message: string, requestId: string) {
    // The encoded reasons are for programs; people ask `sallyport explain`.
    const shown = message.replace(/\. Encoded authorization failure message: \S+$/, '');
    super(`${code}: ${shown} (request ${requestId})`);
    this.answer = message;
    this.name = 'ApiError';
    this.code = code;
    this.requestId = requestId;
  }
}

const target = 'Sallyport_20261124';

/** Throws ConfigError when nothing says where the server is, and ApiError when it refuses. */
export async function callSallyport<Name extends SallyportOperationName>(
  name: Name,
  input: InputOf<Name>,
  sources: TargetSources,
): Promise<OutputOf<Name>> {
  const schema = schemaOf({ name: 'sallyport', schema: 'sallyport' });
  const { input: inputName, output: outputName } = schema.operations[name] ?? {};
  if (inputName == null || outputName == null) throw new Error(`${name} is in no schema`);
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${name}` };
  const body = JSON.stringify(writeStructure(schema, shapeOf(schema, inputName), input));
  const sent = await postSigned(await targetOf(sources), { service: 'sallyport', headers, body });
  const answer = parse(sent.body);
  if (sent.status !== 200) {
    const { __type: code = `HTTP ${sent.status}`, message = 'the server said nothing more' } = answer;
    throw new ApiError(String(code), String(message), sent.requestId);
  }
  // The server writes by this very schema, from what the operation's type says.
  return readStructure(schema, outputName, answer) as OutputOf<Name>;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
