// Verifies AWS Signature Version 4: form, credential, date and scope first, and only then the body and the signature.

import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Region } from '#core/account.ts';
import type { Call, Caller, Principal } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import { headerOf, type Request } from '#core/message.ts';
import type { CredentialSource, QuarantinedUse } from '#core/ports/credential-source.ts';
import type { SessionStanding } from '#core/ports/session-standing.ts';
import { canonicalRequestHash } from './canonical-request.ts';
import {
  expiredToken,
  incompleteSignature,
  invalidSignature,
  signatureMismatch,
  unrecognizedClient,
} from './refusals.ts';
import type { Sessions } from './sessions.ts';
import { algorithm, type CredentialScope, readSignature, type SignatureParts, timestampMs } from './signature-parts.ts';

export interface SignatureScope {
  readonly signingName: string;
  /** A service without regions, or with a global endpoint, may be signed as us-east-1 whatever the call addresses. */
  readonly global: boolean;
  readonly bodyBytesMax: number;
}

export interface SignatureOptions {
  readonly credentials: CredentialSource;
  readonly sessions: Sessions;
  readonly standing: SessionStanding;
  readonly noteQuarantined?: (use: QuarantinedUse) => void;
  readonly servedRegions: ReadonlySet<string>;
  readonly clock: Clock;
}

export type VerifySignature = (request: Request, call: Call, scope: SignatureScope) => Promise<Caller>;

const signingKeysMax = 2000;
const globalSigningRegion = 'us-east-1';

/** A function that proves a caller. Throws the corridor's kinds for credentials; see refusals.ts. */
export function openSignatureVerifier(options: SignatureOptions): VerifySignature {
  const signingKeys = new LRUCache<string, Buffer>({ max: signingKeysMax });
  return async (request, call, scope) => {
    const parts = readSignature(request);
    requireSignedHeaders(request, parts);
    requireScope(parts.scope, parts.timestamp, scope, call, options.servedRegions);
    requireTime(parts, options.clock.nowMs());
    // An unknown key is told as early as AWS tells it: before its body is read.
    const proof = await findProof(options, parts);
    const payloadHash = await hashBody(request, scope.bodyBytesMax);
    const expected = signatureOf(request, parts, payloadHash, signingKey(signingKeys, proof, parts.scope));
    const isRight = timingSafeEqual(expected, Buffer.from(parts.signature, 'hex'));
    requireNoQuarantine(options, proof, isRight, call);
    if (!isRight) throw signatureMismatch();
    return callerOf(proof, call, parts, options.servedRegions);
  };
}

function callerOf(proof: Proof, call: Call, parts: SignatureParts, servedRegions: ReadonlySet<string>): Caller {
  const { principal, accessKeyId } = proof;
  const { region } = parts.scope;
  return {
    principal,
    accountId: principal.accountId,
    // What is signed as us-east-1 only because all the world is, counts here as a call to the host's own region.
    region: servedRegions.has(region) ? (region as Region) : call.registry.region,
    accessKeyId,
    credential: parts.form === 'header' ? 'sigv4' : 'presigned',
    call,
  };
}

/**
 * `host` and every `x-amz-*` header that arrived must be part of what was signed, in a presigned URL too: X-Amz-Target
 * says what the request does.
 */
function requireSignedHeaders(request: Request, parts: SignatureParts): void {
  const signed = new Set(parts.signedHeaders);
  if (!signed.has('host')) throw incompleteSignature("'Host' must be a 'SignedHeader' in the AWS Authorization.");
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith('x-amz-') && !signed.has(name)) {
      throw incompleteSignature(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
}

/** What a signature is checked with, and whom it proves. */
interface Proof {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly principal: Principal;
  readonly quarantine?: string;
}

/** Temporary credentials come with their token, long-term ones without. Which of the two was wrong, the log says. */
async function findProof(options: SignatureOptions, parts: SignatureParts): Promise<Proof> {
  const { accessKeyId } = parts.scope;
  if (parts.sessionToken !== undefined) return findSession(options, accessKeyId, parts.sessionToken);
  const credential = await options.credentials.find(accessKeyId);
  // Whether somebody has the secret of a leaked key is worth knowing: it is refused once the signature was checked.
  if (credential?.status === 'Active' || credential?.quarantine !== undefined) return credential;
  throw unrecognizedClient(`access key ${accessKeyId} is not usable`);
}

/** One answer whether the signature is right or not: the log and the operator know. */
function requireNoQuarantine(options: SignatureOptions, proof: Proof, isProved: boolean, call: Call): void {
  const { quarantine: reason, accessKeyId } = proof;
  if (reason === undefined) return;
  options.noteQuarantined?.({ accessKeyId, reason, isProved, call });
  const signed = isProved ? 'its secret was used' : 'the signature is not its own';
  throw unrecognizedClient(`access key ${accessKeyId} is in quarantine: ${reason}; ${signed}`);
}

async function findSession(options: SignatureOptions, accessKeyId: string, sessionToken: string): Promise<Proof> {
  const { sessions, standing, clock } = options;
  const credential = sessions.open(sessionToken);
  if (credential === undefined)
    throw unrecognizedClient(`access key ${accessKeyId} came with no session token of ours`);
  if (credential.accessKeyId !== accessKeyId) throw unrecognizedClient(`${accessKeyId} came with another key's token`);
  const { principal } = credential;
  const { issuedAtMs, expiresAtMs, sourceAddress } = principal.session;
  if (expiresAtMs <= clock.nowMs()) throw expiredToken();
  const ended = await standing.endOf({ principal, accessKeyId, issuedAtMs, sourceAddress });
  if (ended !== undefined) throw unrecognizedClient(ended);
  return credential;
}

function requireScope(
  credential: CredentialScope,
  timestamp: string,
  scope: SignatureScope,
  call: Call,
  servedRegions: ReadonlySet<string>,
): void {
  const { date, region, service } = credential;
  if (!timestamp.startsWith(date) || date.length !== 8) {
    const found = `'${date}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`;
    throw invalidSignature(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ${found}`,
    );
  }
  const isAddressed = region === call.registry.region || (call.neutralHost && servedRegions.has(region));
  // SDKs that are given an endpoint sign a service without regions for the region of their profile.
  const regionIsRight = isAddressed || (scope.global && region === globalSigningRegion);
  if (!regionIsRight) throw invalidSignature('Credential should be scoped to a valid region.');
  if (service !== scope.signingName) {
    throw invalidSignature(`Credential should be scoped to correct service: '${scope.signingName}'.`);
  }
}

function requireTime(parts: SignatureParts, nowMs: number): void {
  const signedMs = timestampMs(parts.timestamp);
  const skewMs = limits.signatureSkewMs;
  const earliestMs = nowMs - (parts.expiresMs ?? skewMs);
  if (signedMs < earliestMs) {
    const allowance = parts.expiresMs === undefined ? '5 min.' : `${parts.expiresMs / 1000} s.`;
    throw invalidSignature(
      `Signature expired: ${parts.timestamp} is now earlier than ${stamp(earliestMs)} (${stamp(nowMs)} - ${allowance})`,
    );
  }
  if (signedMs > nowMs + skewMs) {
    const latest = `${stamp(nowMs + skewMs)} (${stamp(nowMs)} + 5 min.)`;
    throw invalidSignature(`Signature not yet current: ${parts.timestamp} is still later than ${latest}`);
  }
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** The hash of the bytes that arrived; a client's own claim must agree with it. */
async function hashBody(request: Request, bytesMax: number): Promise<string> {
  const found = hash('sha256', await request.body.bytes(bytesMax), 'hex');
  const claimed = headerOf(request.headers, 'x-amz-content-sha256');
  if (claimed !== undefined && claimed !== found) throw signatureMismatch();
  return found;
}

function signatureOf(request: Request, parts: SignatureParts, payloadHash: string, key: Buffer): Buffer {
  const { date, region, service } = parts.scope;
  const presigned = parts.form === 'presigned' ? { withoutParameter: 'X-Amz-Signature' } : {};
  const signed = canonicalRequestHash({ request, signedHeaders: parts.signedHeaders, payloadHash, ...presigned });
  const text = [algorithm, parts.timestamp, `${date}/${region}/${service}/aws4_request`, signed].join('\n');
  return hmac(key, text);
}

/** Derived keys are kept under the secret they came from: another secret is another entry. */
function signingKey(cache: LRUCache<string, Buffer>, credential: Proof, scope: CredentialScope): Buffer {
  const { date, region, service } = scope;
  const name = `${credential.accessKeyId} ${date} ${region} ${service} ${credential.secretAccessKey}`;
  const known = cache.get(name);
  if (known !== undefined) return known;
  const dateKey = hmac(Buffer.from(`AWS4${credential.secretAccessKey}`), date);
  const key = hmac(hmac(hmac(dateKey, region), service), 'aws4_request');
  cache.set(name, key);
  return key;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
