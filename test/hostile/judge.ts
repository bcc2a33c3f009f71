// Judges an exchange: the right status and code in the door's own shape, in time, and nothing given away.

import type { DoorName, Expectation, HostileCase } from './case.ts';
import type { Answer, Exchange } from './exchange.ts';

type Shape = NonNullable<Expectation['shape']>;

const shapes: Readonly<Record<DoorName, Shape>> = {
  ecr: 'json',
  iam: 'xml',
  sts: 'xml',
  oci: 'oci',
  download: 'oci',
  socket: 'text',
  management: 'text',
};

/**
 * What is wrong with what came back; nothing when it is as it should be. `honestMs` is what an honest request took at
 * the same time: on a machine that is busy with something else everything takes longer.
 */
export function judge({ door, expect }: HostileCase, found: Exchange, honestMs: number): readonly string[] {
  const faults: string[] = [];
  const statuses = [expect.status].flat();
  const wanted = statuses.includes(0) ? 0 : (expect.answers ?? 1);
  const [answer] = found.answers;
  if (found.answers.length !== wanted && !(statuses.includes(0) && statuses.length > 1)) {
    faults.push(`${found.answers.length} answers instead of ${wanted} (${shown(found)})`);
  }
  if (answer !== undefined && !statuses.includes(answer.status)) {
    faults.push(`status ${answer.status} instead of ${statuses.join(' or ')} (${shown(found)})`);
  } else if (answer !== undefined) faults.push(...judgeAnswer(answer, expect, expect.shape ?? shapes[door]));
  if (expect.closes === true && !found.closed) faults.push('the connection was not ended');
  const withinMs = expect.withinMs ?? 1000;
  if (found.tookMs > withinMs + 10 * honestMs)
    faults.push(`it took ${Math.round(found.tookMs)} ms instead of ${withinMs}`);
  return faults;
}

function judgeAnswer(answer: Answer, expect: Expectation, shape: Shape): readonly string[] {
  const faults: string[] = [];
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    const given = answer.headers[name] ?? null;
    if (given !== value) faults.push(`header ${name} is ${given} instead of ${value}`);
  }
  if (answer.status < 400) return faults;
  if (answer.body.includes('    at ')) faults.push('a stack trace');
  if (expect.code === undefined) return faults;
  const codes = [expect.code].flat();
  const code = codeOf(answer, shape);
  if (!codes.includes(code)) {
    faults.push(`code ${code} instead of ${codes.join(' or ')} (${answer.body.toString().slice(0, 300)})`);
  }
  return faults;
}

/** The error's code, when the answer is all that its shape demands. */
function codeOf({ headers, body, status }: Answer, shape: Shape): string {
  const text = body.toString();
  const type = headers['content-type'] ?? '';
  if (shape === 'xml') {
    const pattern =
      /^<ErrorResponse xmlns="[^"]+"><Error><Type>(?:Sender|Receiver)<\/Type><Code>(\w+)<\/Code><Message>[^<]*<\/Message>/;
    return type.startsWith('text/xml') ? (pattern.exec(text)?.[1] ?? 'no XML error') : `no XML but ${type}`;
  }
  if (shape === 'text') return text.trim();
  if (text === '' && status < 500) return 'an empty body';
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return shape === 'json' ? jsonCode(value, type) : ociCode(value, type);
  } catch {
    return 'no JSON';
  }
}

function jsonCode(value: Record<string, unknown>, type: string): string {
  if (type !== 'application/x-amz-json-1.1') return `no AWS JSON but ${type}`;
  return typeof value.message === 'string' ? String(value.__type) : 'an error without a message';
}

function ociCode({ errors }: Record<string, unknown>, type: string): string {
  if (!type.startsWith('application/json') || !Array.isArray(errors) || errors.length !== 1) return 'no OCI error';
  const { code, message } = errors[0] as Record<string, unknown>;
  return typeof message === 'string' ? String(code) : 'an error without a message';
}

function shown({ answers, rest, closed }: Exchange): string {
  const bodies = answers.map(({ status, body }) => `${status} ${body.toString('latin1').slice(0, 200)}`);
  const tail = rest.length > 0 ? ` rest ${rest.toString('latin1').slice(0, 100)}` : '';
  return `${bodies.join(' | ')}${tail}${closed ? ' closed' : ''}`;
}
