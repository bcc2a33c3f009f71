// Calls of the AWS APIs as bytes: signed once with Signature Version 4, then sent as often as the clock allows.

import aws4 from 'aws4';
import { benchRegion, type GeneratedUser } from '../generate/site-plan.ts';
import type { Address, RequestText } from '../load/jobs.ts';
import { requestText } from '../load/request-text.ts';
import type { Target } from '../targets/target.ts';

export function signedRequest(target: Target, operation: string, input: object): RequestText {
  const { address, own } = target;
  if (own === undefined) throw new Error(`${target.name} has no ECR API`);
  const api = { service: 'ecr', target: 'AmazonEC2ContainerRegistry_V20150921' };
  return signedCall(address, own.caller, api, operation, input);
}

interface Api {
  readonly service: string;
  /** The prefix of X-Amz-Target. */
  readonly target: string;
}

export function signedCall(
  address: Address,
  caller: GeneratedUser,
  { service, target }: Api,
  operation: string,
  input: object,
): RequestText {
  const body = JSON.stringify(input);
  const unsigned: Record<string, string> = {
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': `${target}.${operation}`,
  };
  const host = `${address.host}:${address.port}`;
  const options = { service, region: benchRegion, method: 'POST', path: '/', host, body, headers: unsigned };
  aws4.sign(options, caller);
  // The request text says these itself.
  const rest = Object.entries(options.headers).filter(([name]) => !/^(host|content-length)$/i.test(name));
  const lower = Object.fromEntries(rest.map(([name, value]) => [name.toLowerCase(), value]));
  return requestText(address, { method: 'POST', path: '/', headers: lower, body: Buffer.from(body) });
}
